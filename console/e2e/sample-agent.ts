import { join } from 'node:path';
import { type Target, observedEnvironment } from '../../server/test/harness/observed-process.ts';
import { type TiedProcess, spawnTied } from '../../server/tools/child-process.ts';
import { CHECKOUT } from '../../server/tools/checkout.ts';

export type SampleAgent = TiedProcess;

/** Starts the demo's LangGraph agent against the built SDK, for so many runs. */
export function startSampleAgent(target: Target & { runs: number }): SampleAgent {
  const agent = join(CHECKOUT, 'sdk/examples/sample-agent.ts');
  return spawnTied(process.execPath, [agent, '--runs', String(target.runs), '--interval-ms', '500'], {
    cwd: join(CHECKOUT, 'sdk'),
    logFile: '/dev/null',
    env: observedEnvironment(target),
  });
}
