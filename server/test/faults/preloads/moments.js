// Preloaded into the server. Notes where the consumer is, and ends it there, without any chance to clean up, when told.
import { subscribe } from 'node:diagnostics_channel';
import { appendFileSync, readFileSync } from 'node:fs';

const { FAULT_MOMENTS_FILE: momentsFile, FAULT_STRIKE_FILE: strikeFile } = process.env;

function pointToStrikeAt() {
  try {
    return readFileSync(strikeFile, 'utf8');
  } catch {
    return null;
  }
}

subscribe('swisper-studio:consumer', ({ point, entries }) => {
  appendFileSync(momentsFile, `${point} ${Date.now()} ${entries}\n`);
  if (pointToStrikeAt() === point) process.kill(process.pid, 'SIGKILL');
});
