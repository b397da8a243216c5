import { join } from 'node:path';
import { type TiedProcess, spawnTied } from '../../../tools/child-process.ts';
import { countAcknowledged } from './acknowledgements.ts';
import type { ProductionPlan } from './planned-events.ts';
import type { ProducerOrder } from './producer.ts';

/** A producer at work, and the file that says what it was promised. */
export interface ProducerProcess {
  readonly plan: ProductionPlan;
  readonly instanceId: string;
  readonly acknowledgedFile: string;
  /** Events acknowledged so far. */
  acknowledged(): number;
  /** Resolves when it has sent everything, or was stopped; rejects when it failed. */
  readonly ended: Promise<void>;
  /** Lets it finish its entry. */
  stop(): Promise<void>;
}

export function startProducer(order: ProducerOrder, logFile: string): ProducerProcess {
  const tied: TiedProcess = spawnTied(
    process.execPath,
    [
      '--disable-warning=ExperimentalWarning',
      join(import.meta.dirname, 'producer.ts'),
      JSON.stringify(order),
    ],
    { logFile },
  );
  const { acknowledgedFile, eventsPerEntry, instanceId, plan } = order;
  const ended = tied.ended.then(({ code, signal }) => {
    if (code !== 0)
      throw new Error(`Producer ${instanceId} ended with ${String(code ?? signal)}: see ${logFile}`);
  });
  ended.catch(() => undefined);
  return {
    plan,
    instanceId,
    acknowledgedFile,
    acknowledged: () => Math.min(countAcknowledged(acknowledgedFile) * eventsPerEntry, plan.events),
    ended,
    stop: async () => {
      await tied.stop(150_000);
      await ended;
    },
  };
}
