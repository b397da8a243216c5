import { setTimeout as sleep } from 'node:timers/promises';
import { type BenchStudio, startStudio } from './bench-studio.ts';
import { type BenchServices, withServices } from './bench-services.ts';
import { type Goal, type Measured, medianOf, numbersFrom, printReport, quantile } from './bench-table.ts';
import { cpuRatioFor, NaivePipeline } from './naive-pipeline.ts';
import { EVENTS_PER_ENTRY } from './sample-events.ts';

/**
 * `--rate` events a second for `--seconds` in each of `--runs`, after `--warmup` seconds. `--pollMs`: how often it is
 * looked which entries are gone from the stream, which they are after the commit; latencies are that much too large. `--naive` events after each run for the baseline of CPU time.
 */
const PARAMETERS = { rate: 8_000, seconds: 15, warmup: 5, runs: 5, pollMs: 4, naive: 200 };
const IDLE_MS = 120_000;

const parameters = numbersFrom(PARAMETERS);

interface Sent {
  readonly id: string;
  /** Before XADD. */
  readonly sentMs: number;
}

interface Run {
  p50: number;
  p99: number;
  max: number;
  rate: number;
  serverMicros: number;
  postgresMicros: number;
  naiveMicros: number;
}

const partsOf = (id: string): [number, number] => {
  const [ms = '0', seq = '0'] = id.split('-');
  return [Number(ms), Number(seq)];
};

function isBefore(one: string, other: string): boolean {
  const [[oneMs, oneSeq], [otherMs, otherSeq]] = [partsOf(one), partsOf(other)];
  return oneMs < otherMs || (oneMs === otherMs && oneSeq < otherSeq);
}

/** Sends at an even pace. A producer that falls behind sends at once, and its delay counts as latency. */
async function produce(studio: BenchStudio, seconds: number, sent: Sent[]): Promise<void> {
  const everyMs = (1_000 * EVENTS_PER_ENTRY) / parameters.rate;
  const startedMs = performance.now();
  const sending: Promise<unknown>[] = [];
  for (let entry = 0; entry * everyMs < seconds * 1_000; entry++) {
    const dueMs = startedMs + entry * everyMs;
    const waitMs = dueMs - performance.now();
    if (waitMs > 0) await sleep(waitMs);
    sending.push(studio.publish(EVENTS_PER_ENTRY).then((id) => sent.push({ id, sentMs: dueMs })));
  }
  await Promise.all(sending);
}

/** Looks which entry is the oldest; everything before it is stored. @returns latencies, ms, one per entry */
async function observe(studio: BenchStudio, sent: Sent[], isOver: () => boolean): Promise<number[]> {
  const latencies: number[] = [];
  let next = 0;
  let lastMs = performance.now();
  while (!isOver() || next < sent.length) {
    const [oldest] = await studio.redis.xrange(studio.server.streamName, '-', '+', 'COUNT', 1);
    const nowMs = performance.now();
    for (let entry = sent[next]; entry !== undefined; entry = sent[++next]) {
      if (oldest !== undefined && !isBefore(entry.id, oldest[0])) break;
      latencies.push(nowMs - entry.sentMs);
      lastMs = nowMs;
    }
    if (nowMs - lastMs > IDLE_MS) throw new Error(`Nothing was stored for long:\n${studio.server.log()}`);
    await sleep(parameters.pollMs);
  }
  return latencies;
}

async function run(
  services: BenchServices,
  { studio, naive }: { studio: BenchStudio; naive: NaivePipeline },
  seconds: number,
): Promise<Run> {
  const sent: Sent[] = [];
  let isOver = false;
  const before = [studio.serverCpuMs(), services.postgresCpuMs(), performance.now()] as const;
  const observing = observe(studio, sent, () => isOver);
  await produce(studio, seconds, sent).finally(() => (isOver = true));
  const latencies = await observing;
  const events = sent.length * EVENTS_PER_ENTRY;
  const serverMicros = ((studio.serverCpuMs() - before[0]) * 1_000) / events;
  const postgresMicros = ((services.postgresCpuMs() - before[1]) * 1_000) / events;
  const rate = (events / (performance.now() - before[2])) * 1_000;
  return {
    p50: quantile(latencies, 0.5),
    p99: quantile(latencies, 0.99),
    max: quantile(latencies, 1),
    rate,
    serverMicros,
    postgresMicros,
    naiveMicros: (await naive.drain(parameters.naive)).nodeMicros,
  };
}

function tableOf(runs: readonly Run[]): Measured[] {
  const row = (what: string, unit: string, of: (run: Run) => number): Measured => ({
    what,
    unit,
    values: runs.map(of),
  });
  return [
    row('published and stored', 'events/s', ({ rate }) => rate),
    row('publish to stored, p50', 'ms', ({ p50 }) => p50),
    row('publish to stored, p99', 'ms', ({ p99 }) => p99),
    row('publish to stored, max', 'ms', ({ max }) => max),
    row('CPU of the server, Node', 'µs/event', ({ serverMicros }) => serverMicros),
    row('CPU of PostgreSQL', 'µs/event', ({ postgresMicros }) => postgresMicros),
    row('CPU of naive, Node', 'µs/event', ({ naiveMicros }) => naiveMicros),
  ];
}

function goalsOf(rows: readonly Measured[]): Goal[] {
  return [
    {
      what: 'publish to stored, p99',
      figure: medianOf(rows, 'publish to stored, p99'),
      atMost: 400,
      unit: 'ms',
    },
    {
      what: 'CPU of Node, naive against server',
      figure: medianOf(rows, 'CPU of naive, Node') / medianOf(rows, 'CPU of the server, Node'),
      atLeast: cpuRatioFor(45),
      unit: 'x',
    },
    {
      what: 'CPU of Node',
      figure: medianOf(rows, 'CPU of the server, Node'),
      atMost: 45,
      unit: 'µs/event',
    },
  ];
}

async function bench(services: BenchServices): Promise<void> {
  const studio = await startStudio(services, await services.createDatabase());
  const naive = await NaivePipeline.open(services);
  const runs: Run[] = [];
  try {
    await run(services, { studio, naive }, parameters.warmup);
    for (let count = 0; count < parameters.runs; count++)
      runs.push(await run(services, { studio, naive }, parameters.seconds));
  } finally {
    await naive.close();
    await studio.stop();
  }
  const rows = tableOf(runs);
  printReport({
    title:
      'Publish to stored, live, signed, with the account; producer, Redis, server and database on one machine',
    versions: services.versions,
    parameters,
    rows,
    goals: goalsOf(rows),
  });
}

await withServices(bench);
