// Preloaded into the server: ends it, without any chance to clean up, at a point of the consumer's loop.
import { subscribe } from 'node:diagnostics_channel';

const point = process.env.FAULT_POINT;
let left = Number(process.env.FAULT_AFTER ?? 1);

subscribe('swisper-studio:consumer', (moment) => {
  if (moment.point === point && --left === 0) process.kill(process.pid, 'SIGKILL');
});
