import cluster from 'node:cluster';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { isMainThread, Worker, workerData } from 'node:worker_threads';
import { flush, initializeTracing, shutdown, traced } from '../../src/index.ts';
import { endAfterTenMinutes, quiet } from './quiet.ts';

/**
 * A process that traces, with a descendant (`fork`, `cluster` or `worker`) that traces too and ends, after which the first
 * goes on tracing. Each traces fifty runs under a name of its own.
 */
const RUNS = 50;
const kind = isMainThread ? (process.argv[2] ?? '') : String(workerData);
const isChild = !isMainThread || cluster.isWorker || process.argv[3] === 'child';

function trace(name: string, runs = RUNS): void {
  const run = traced(name, (number: number) => number);
  for (let number = 0; number < runs; number++) run(number);
}

async function runChild(): Promise<void> {
  trace('child', 1);
  // The two seconds that an end by itself may take do not have to suffice for connecting as well.
  await flush(60_000);
  trace('child', RUNS - 1);
  if (kind !== 'worker that ends by itself') await shutdown(60_000);
  if (cluster.isWorker) process.exit(0);
}

const startChild: { readonly [kind: string]: () => Promise<unknown> } = {
  fork: () => once(fork(import.meta.filename, ['fork', 'child']), 'exit'),
  cluster: () => {
    cluster.setupPrimary({ exec: import.meta.filename, args: ['cluster'] });
    return once(cluster.fork(), 'exit');
  },
  worker: () => once(new Worker(import.meta.filename, { workerData: 'worker' }), 'exit'),
  'worker that ends by itself': () =>
    once(new Worker(import.meta.filename, { workerData: 'worker that ends by itself' }), 'exit'),
  'worker that is terminated': async () => {
    const worker = new Worker(import.meta.filename, { workerData: 'worker' });
    await once(worker, 'online');
    await worker.terminate();
  },
};

endAfterTenMinutes();
initializeTracing({ logger: quiet });
if (isChild) await runChild();
else {
  trace('parent before');
  await flush(60_000);
  await startChild[kind]?.();
  trace('parent after');
  await shutdown(60_000);
}
