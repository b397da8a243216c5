import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import type { EncodableEvent } from 'swisper-studio/contract';
import type { DataSource } from 'typeorm';
import { uuidv7 } from '../src/kernel/uuid.ts';
import { type MergeEvent, TraceWriter } from '../src/traces/index.ts';
import { openDatabase } from './bench-database.ts';
import { type BenchServices, withServices } from './bench-services.ts';
import { type Measured, medianOf, numbersFrom, printReport } from './bench-table.ts';
import { addLargeTrace, projectId } from './filled-database.ts';
import type { CounterData, CounterMessage } from './hot-trace-counter.ts';
import { cpuMsOf } from './process-cpu.ts';
import { decodedSample } from './sample-events.ts';

/** One trace that has `--observations` and gets `--rate` a second, in batches of a tenth of that. */
const PARAMETERS = { observations: 10_000, rate: 1_000, seconds: 30, runs: 5 };
const BATCHES_PER_SECOND = 10;
/** More than any trace waits, so that every step counts it again. */
const LEAP_MS = 60_000;

const parameters = numbersFrom(PARAMETERS);
const project = projectId(1);

/** The roll-up loop in a thread of its own, so that its CPU time can be told from the writer's. */
class Counter {
  private readonly thread: Worker;
  readonly applicationName: string;

  constructor(url: string, leapMs: number) {
    this.applicationName = `roll-up-${uuidv7()}`;
    const workerData: CounterData = { url, applicationName: this.applicationName, leapMs };
    this.thread = new Worker(new URL('./hot-trace-counter.ts', import.meta.url), { workerData });
  }

  async ready(): Promise<void> {
    await once(this.thread, 'message');
  }

  say(message: CounterMessage): void {
    this.thread.postMessage(message);
  }

  /** CPU time of the thread so far, ms. */
  async cpuMs(): Promise<number> {
    const answer = once(this.thread, 'message');
    this.say('report');
    const [cpuMs] = (await answer) as [number];
    return cpuMs;
  }

  async stop(): Promise<void> {
    const ended = once(this.thread, 'exit');
    this.say('stop');
    await ended;
  }
}

/** CPU time PostgreSQL used for that client so far, ms. */
async function backendCpuMs(database: DataSource, applicationName: string): Promise<number> {
  const backends: { pid: number }[] = await database.query(
    'SELECT pid FROM pg_stat_activity WHERE application_name = $1',
    [applicationName],
  );
  return backends.reduce((sum, { pid }) => sum + cpuMsOf(pid), 0);
}

/** Observations of that one trace. */
function batchOf(trace: string, count: number): MergeEvent[] {
  return decodedSample(project, observationsOf(trace), count);
}

function* observationsOf(trace_id: string): Generator<EncodableEvent, never> {
  for (;;) {
    const now = new Date().toISOString();
    const about = { trace_id, observation_id: uuidv7(), name: 'step', type: 'SPAN' };
    const header = { event_type: 'observation', ...about, start_time: now, end_time: now };
    yield { header, payloads: [] };
  }
}

interface Share {
  nodePercent: number;
  postgresPercent: number;
}

async function run(services: BenchServices, leapMs: number): Promise<Share> {
  const url = await services.createDatabase();
  const database = await openDatabase(url);
  const trace = await addLargeTrace(database, parameters.observations);
  // It runs, something of it came just now, and it was just counted.
  await database.query(
    `UPDATE traces SET status = 'running', end_time = NULL, received_at = now(), last_received_at = now(),
       next_rollup_at = now() + interval '5 s'`,
  );
  await database.query('VACUUM (ANALYZE) observations');
  const counter = new Counter(url, leapMs);
  await counter.ready();
  const before = [await counter.cpuMs(), await backendCpuMs(database, counter.applicationName)] as const;
  const startedMs = performance.now();
  await keepHot(database, trace, counter);
  const ms = performance.now() - startedMs;
  const [nodeMs, postgresMs] = [
    (await counter.cpuMs()) - before[0],
    (await backendCpuMs(database, counter.applicationName)) - before[1],
  ];
  await counter.stop();
  await database.destroy();
  await services.dropDatabase(url);
  return { nodePercent: (nodeMs / ms) * 100, postgresPercent: (postgresMs / ms) * 100 };
}

async function keepHot(database: DataSource, trace: string, counter: Counter): Promise<void> {
  const writer = new TraceWriter();
  const startedMs = performance.now();
  for (let batch = 0; batch < parameters.seconds * BATCHES_PER_SECOND; batch++) {
    const events = batchOf(trace, parameters.rate / BATCHES_PER_SECOND);
    await database.transaction((manager) => writer.store(manager, events));
    counter.say('wake');
    await sleep(Math.max(0, startedMs + (batch + 1) * (1_000 / BATCHES_PER_SECOND) - performance.now()));
  }
}

function rowsOf(name: string, shares: readonly Share[], baseline?: string): Measured[] {
  const row = (what: string, values: number[]): Measured => ({
    what: `${name}, ${what}`,
    unit: '% of a core',
    values,
    ...(baseline === undefined ? {} : { baseline: `${baseline}, ${what}` }),
  });
  return [
    row(
      'Node',
      shares.map(({ nodePercent }) => nodePercent),
    ),
    row(
      'PostgreSQL',
      shares.map(({ postgresPercent }) => postgresPercent),
    ),
    row(
      'both',
      shares.map(({ nodePercent, postgresPercent }) => nodePercent + postgresPercent),
    ),
  ];
}

await withServices(async (services) => {
  const eager: Share[] = [];
  const held: Share[] = [];
  for (let count = 0; count < parameters.runs; count++) {
    held.push(await run(services, 0));
    eager.push(await run(services, LEAP_MS));
  }
  const rows = [
    ...rowsOf('counted at every step', eager),
    ...rowsOf('roll-up', held, 'counted at every step'),
  ];
  printReport({
    title: 'CPU time of counting a trace that is large and does not rest',
    versions: services.versions,
    parameters,
    rows,
    goals: [
      {
        what: 'roll-up of a hot trace',
        figure: medianOf(rows, 'roll-up, both'),
        atMost: 2,
        unit: '% of a core',
      },
    ],
  });
});
