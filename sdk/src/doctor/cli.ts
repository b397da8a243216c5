#!/usr/bin/env node
import { reasonOf } from '../log.ts';
import { resolveOptions } from '../options.ts';
import { SDK_VERSION } from '../sdk-version.ts';
import { type Command, HELP, readCommandLine } from './command-line.ts';
import { Doctor } from './diagnose.ts';
import { exitCodeOf, findingLine, Redaction, reportJson, summaryLines } from './report.ts';

const print = (line: string): void => void process.stdout.write(`${line}\n`);
const MISUSED = 2;

async function runDoctor({
  isJson,
  timeoutMs,
  envFile,
}: Extract<Command, { kind: 'doctor' }>): Promise<number> {
  if (envFile !== undefined) process.loadEnvFile(envFile);
  const settings = resolveOptions({});
  const redaction = new Redaction(settings.options);
  const doctor = new Doctor(settings, timeoutMs, (finding) => {
    if (!isJson) print(redaction.apply(findingLine(finding)));
  });
  // Of a refused INFO the Redis client complains here at each connection; the doctor says it once.
  console.warn = () => undefined;
  const diagnosis = await doctor.examine();
  const lines = isJson ? [reportJson(diagnosis)] : summaryLines(diagnosis);
  for (const line of lines) print(redaction.apply(line));
  return exitCodeOf(diagnosis);
}

async function run(command: Command): Promise<number> {
  switch (command.kind) {
    case 'help':
      print(HELP);
      return 0;
    case 'version':
      print(SDK_VERSION);
      return 0;
    case 'misuse':
      process.stderr.write(`swisper-studio: ${command.reason}\n\n${HELP}\n`);
      return MISUSED;
    case 'doctor':
      return runDoctor(command);
  }
}

run(readCommandLine(process.argv.slice(2))).then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    process.stderr.write(`swisper-studio: ${reasonOf(error)}\n`);
    process.exitCode = MISUSED;
  },
);
