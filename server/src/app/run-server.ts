import 'reflect-metadata';
import { flushCompileCache } from 'node:module';
import { processEnvironment } from '../config/process-environment.ts';
import { readSettings, settingsProblemMessage } from '../config/settings.ts';
import { createApp } from './create-app.ts';
import { runUntilStopped } from './run-until-stopped.ts';

/** When the first work is done: it takes a moment. */
const KEEP_AFTER_MS = 10_000;

const result = readSettings(processEnvironment());
if (result.ok) {
  await runUntilStopped(await createApp(result.settings), result.settings);
  // Node itself keeps what it compiled at the end, which a killed process does not have.
  setTimeout(flushCompileCache, KEEP_AFTER_MS).unref();
} else {
  process.stderr.write(`SwisperStudio cannot start. ${settingsProblemMessage(result.problems)}\n`);
  process.exitCode = 1;
}
