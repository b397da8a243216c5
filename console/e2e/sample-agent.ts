import { join } from 'node:path';
import { type TiedProcess, spawnTied } from '../../server/tools/child-process.ts';
import { CHECKOUT } from '../../server/tools/checkout.ts';

export type SampleAgent = TiedProcess;

interface Target {
  url: string;
  apiKey: string;
  projectId: string;
  redisUrl: string;
  streamName: string;
  /** How many runs it does before it ends. */
  runs: number;
}

/** Starts the demo's LangGraph agent against the built SDK. */
export function startSampleAgent(target: Target): SampleAgent {
  const agent = join(CHECKOUT, 'sdk/examples/sample-agent.ts');
  return spawnTied(process.execPath, [agent, '--runs', String(target.runs), '--interval-ms', '500'], {
    cwd: join(CHECKOUT, 'sdk'),
    logFile: '/dev/null',
    env: {
      PATH: process.env['PATH'],
      SWISPER_STUDIO_URL: target.url,
      SWISPER_STUDIO_API_KEY: target.apiKey,
      SWISPER_STUDIO_PROJECT_ID: target.projectId,
      SWISPER_STUDIO_REDIS_URL: target.redisUrl,
      SWISPER_STUDIO_STREAM_NAME: target.streamName,
      SWISPER_STUDIO_ENVIRONMENT: 'test',
    },
  });
}
