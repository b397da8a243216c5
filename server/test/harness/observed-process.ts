import { join } from 'node:path';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { type TiedProcess, spawnTied } from '../../tools/child-process.ts';

export interface ObservedProcess extends TiedProcess {
  /** How many runs it has done. */
  runs(): number;
  output(): string;
}

export interface Target {
  url: string;
  apiKey: string;
  projectId: string;
  redisUrl: string;
  streamName: string;
}

/** Starts `traced-loop.ts`, or another program (its path from here), against the built SDK, as a process of its own. */
export function startObservedProcess(
  target: Target,
  program = 'traced-loop.ts',
  settings: Record<string, string | undefined> = {},
): ObservedProcess {
  const logFile = join(mkdtempSync(join(tmpdir(), 'swisper-studio-observed-')), 'output.log');
  const tied = spawnTied(process.execPath, [join(import.meta.dirname, program)], {
    logFile,
    env: { ...observedEnvironment(target), ...settings },
  });
  const output = () => readFileSync(logFile, 'utf8');
  const runs = () => Number(output().match(/^\d+$/gm)?.at(-1) ?? 0);
  return { ...tied, runs, output };
}

/** What tells an application's SDK where to publish. */
export function observedEnvironment(target: Target): Record<string, string | undefined> {
  return {
    PATH: process.env['PATH'],
    SWISPER_STUDIO_URL: target.url,
    SWISPER_STUDIO_API_KEY: target.apiKey,
    SWISPER_STUDIO_PROJECT_ID: target.projectId,
    SWISPER_STUDIO_REDIS_URL: target.redisUrl,
    SWISPER_STUDIO_STREAM_NAME: target.streamName,
    SWISPER_STUDIO_ENVIRONMENT: 'test',
    SWISPER_STUDIO_VERSION: '9.8.7',
  };
}
