import 'reflect-metadata';
import { createApp } from './app/create-app.ts';
import { runUntilStopped } from './app/run-until-stopped.ts';
import { processEnvironment } from './config/process-environment.ts';
import { readSettings, settingsProblemMessage } from './config/settings.ts';

const result = readSettings(processEnvironment());
if (result.ok) {
  await runUntilStopped(await createApp(result.settings), result.settings);
} else {
  process.stderr.write(`SwisperStudio cannot start. ${settingsProblemMessage(result.problems)}\n`);
  process.exitCode = 1;
}
