import { parseArgs } from 'node:util';
import { reasonOf } from '../log.ts';

export const HELP = `Usage: swisper-studio doctor [options]

Checks everything between this machine and a trace in the console: settings, server, API key, project, Redis, clocks, the
tracing switch, the stream; then sends a test trace and waits until it can be read. Says what to do about what it finds.
Settings are read from the environment (SWISPER_STUDIO_…), as the SDK does.

Options:
  --json            one JSON document instead of lines
  --timeout <s>     seconds to wait for an answer (10 at least) and for the test trace, 1 to 600; default 10
  --env-file <file> reads settings from a file first, as node --env-file does; what is set already wins
  --help            this text
  --version         version of the SDK

Exit code: 0 events arrive (there may be warnings), 1 something is wrong, 2 the doctor was called wrongly.`;

const DEFAULT_TIMEOUT_SECONDS = 10;
const LONGEST_TIMEOUT_SECONDS = 600;

export type Command =
  | { readonly kind: 'help' }
  | { readonly kind: 'version' }
  | { readonly kind: 'misuse'; readonly reason: string }
  | {
      readonly kind: 'doctor';
      readonly isJson: boolean;
      readonly timeoutMs: number;
      readonly envFile: string | undefined;
    };

const OPTIONS = {
  json: { type: 'boolean' },
  timeout: { type: 'string' },
  'env-file': { type: 'string' },
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean' },
} as const;

/** @param args what follows the program's name */
export function readCommandLine(args: readonly string[]): Command {
  try {
    const { values, positionals } = parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true });
    if (values.help === true) return { kind: 'help' };
    if (values.version === true) return { kind: 'version' };
    const [command, ...rest] = positionals;
    if (command === undefined) return { kind: 'misuse', reason: 'a command is missing' };
    if (command !== 'doctor' || rest.length > 0)
      return { kind: 'misuse', reason: `unknown: ${positionals.join(' ')}` };
    const seconds = values.timeout === undefined ? DEFAULT_TIMEOUT_SECONDS : Number(values.timeout);
    if (!(seconds >= 1 && seconds <= LONGEST_TIMEOUT_SECONDS))
      return { kind: 'misuse', reason: '--timeout is a number of seconds from 1 to 600' };
    return {
      kind: 'doctor',
      isJson: values.json === true,
      timeoutMs: seconds * 1000,
      envFile: values['env-file'],
    };
  } catch (error) {
    return { kind: 'misuse', reason: reasonOf(error) };
  }
}
