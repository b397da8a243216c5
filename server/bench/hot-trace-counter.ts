import { parentPort, workerData } from 'node:worker_threads';
import { DataSource } from 'typeorm';
import { RollupLoop, TraceRollup, TraceSweep } from '../src/traces/index.ts';

/** What the bench says to the thread that runs the roll-up loop. */
export type CounterMessage = 'wake' | 'report' | 'stop';

export interface CounterData {
  readonly url: string;
  readonly applicationName: string;
  /** Time that seems to pass between two steps: enough of it and no trace ever waits to be counted. */
  readonly leapMs: number;
}

const { url, applicationName, leapMs } = workerData as CounterData;
const port = parentPort;
if (port === null) throw new Error('This runs as a thread of hot-trace.ts');

const nobodyGone = { findGone: () => Promise.resolve(new Set<string>()) };
const silent = { warn: () => undefined };
let aheadMs = 0;
const clock = {
  nowMs: () => Date.now() + (aheadMs += leapMs),
  now: () => new Date(Date.now() + (aheadMs += leapMs)),
};

const database = await new DataSource({
  type: 'postgres',
  url,
  applicationName,
  extra: { options: '-c TimeZone=UTC' },
}).initialize();
const rollup = new TraceRollup(database, nobodyGone, clock);
const sweep = new TraceSweep(database, nobodyGone, clock);
const loop = new RollupLoop({ rollup, sweep, clock, log: silent });
const stop = new AbortController();
const running = loop.run(stop.signal);

port.on('message', (message: CounterMessage) => {
  if (message === 'wake') loop.wake();
  else if (message === 'report') {
    const { user, system } = process.threadCpuUsage();
    port.postMessage((user + system) / 1_000);
  } else {
    stop.abort();
    void running.then(() => database.destroy()).then(() => port.close());
  }
});
port.postMessage('ready');
