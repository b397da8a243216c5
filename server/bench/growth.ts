import { setTimeout as sleep } from 'node:timers/promises';
import type { DataSource } from 'typeorm';
import { type MergeEvent, TraceWriter } from '../src/traces/index.ts';
import { openDatabase } from './bench-database.ts';
import { type BenchStudio, startStudio } from './bench-studio.ts';
import { type BenchServices, withServices } from './bench-services.ts';
import { type Goal, type Measured, median, medianOf, numbersFrom, printReport } from './bench-table.ts';
import { addLargeTrace, fill, projectId } from './filled-database.ts';
import { decodedSample, EVENTS_PER_ENTRY, SAMPLE, sampleEvents, traceEvents } from './sample-events.ts';

/**
 * `--rows` observations in the filled tables (the goal holds for 10,000,000); `--batches` of `--events` stored in each of
 * `--runs`; `--backlog` events of the short stream, ten times as many of the long one, each drained `--drains` times.
 */
const PARAMETERS = {
  rows: 1_000_000,
  events: 2_000,
  batches: 5,
  runs: 5,
  backlog: 20_000,
  drains: 5,
  hot: 10_000,
};
const LONGER = 10;
const OBSERVATIONS_PER_TRACE = 10;
const SAMPLE_MS = 20;

const parameters = numbersFrom(PARAMETERS);
const project = projectId(1);
const writer = new TraceWriter();

/** Events a second, of `batches` transactions; decoding is not timed. */
async function storeRate(database: DataSource, batchOf: () => readonly MergeEvent[]): Promise<number> {
  let ms = 0;
  let events = 0;
  for (let batch = 0; batch < parameters.batches; batch++) {
    const decoded = batchOf();
    const startedMs = performance.now();
    await database.transaction((manager) => writer.store(manager, decoded));
    ms += performance.now() - startedMs;
    events += decoded.length;
  }
  return (events / ms) * 1_000;
}

const newTraces = (): readonly MergeEvent[] => decodedSample(project, sampleEvents(), parameters.events);

/** Observations of one trace only. */
const ofTrace = (traceId: string) => (): readonly MergeEvent[] => {
  const events = (function* () {
    for (;;)
      for (const { header, payloads } of traceEvents(SAMPLE, Date.now(), 0))
        if (Reflect.get(header, 'event_type') === 'observation')
          yield { header: { ...header, trace_id: traceId }, payloads };
  })();
  return decodedSample(project, events, parameters.events);
};

async function tables(services: BenchServices): Promise<Measured[]> {
  const empty = await openDatabase(await services.createDatabase());
  const filled = await openDatabase(await services.createDatabase());
  const traces = Math.ceil(parameters.rows / OBSERVATIONS_PER_TRACE);
  await fill(filled, { projects: 20, traces, observationsPerTrace: OBSERVATIONS_PER_TRACE });
  const hot = await addLargeTrace(filled, parameters.hot);
  const into: Record<'empty' | 'filled' | 'hot' | 'fresh', number[]> = {
    empty: [],
    filled: [],
    hot: [],
    fresh: [],
  };
  for (let run = -1; run < parameters.runs; run++) {
    const [inEmpty, inFilled] = [await storeRate(empty, newTraces), await storeRate(filled, newTraces)];
    const fresh = await storeRate(filled, ofTrace(crypto.randomUUID()));
    const inHot = await storeRate(filled, ofTrace(hot));
    if (run < 0) continue;
    into.empty.push(inEmpty);
    into.filled.push(inFilled);
    into.fresh.push(fresh);
    into.hot.push(inHot);
    progress(`stored into tables ${String(run + 1)} of ${String(parameters.runs)} times`);
  }
  await empty.destroy();
  await filled.destroy();
  return [
    { what: 'stored, empty tables', unit: 'events/s', values: into.empty },
    {
      what: 'stored, filled tables',
      unit: 'events/s',
      values: into.filled,
      baseline: 'stored, empty tables',
    },
    { what: 'stored, a new trace', unit: 'events/s', values: into.fresh },
    { what: 'stored, a hot trace', unit: 'events/s', values: into.hot, baseline: 'stored, a new trace' },
  ];
}

interface Drain {
  eventsPerSecond: number;
  /** Rate of the last quarter of the entries by that of the first. */
  slope: number;
}

/** Fills the stream while the server is stopped, then lets it go on and watches the stream get shorter. */
async function drain(studio: BenchStudio, events: number): Promise<Drain> {
  const entries = events / EVENTS_PER_ENTRY;
  await studio.whileStopped(async () => {
    for (let entry = 0; entry < entries; entry++) await studio.publish(EVENTS_PER_ENTRY);
  });
  const seen: { left: number; ms: number }[] = [];
  for (let left = entries; left > 0; await sleep(SAMPLE_MS)) {
    left = await studio.redis.xlen(studio.server.streamName);
    if (left < entries) seen.push({ left, ms: performance.now() });
  }
  const msAt = (left: number): number => seen.find((sample) => sample.left <= left)?.ms ?? Number.NaN;
  const first = seen[0];
  if (first === undefined || first.left === 0) throw new Error('The stream is too short to be measured');
  const quarterOf = (from: number, to: number): number => (from - to) / (msAt(to) - msAt(from));
  return {
    eventsPerSecond: ((first.left * EVENTS_PER_ENTRY) / (msAt(0) - first.ms)) * 1_000,
    slope: quarterOf(first.left * 0.25, 0) / quarterOf(first.left, first.left * 0.75),
  };
}

async function streams(services: BenchServices): Promise<{ rows: Measured[]; slope: number }> {
  const studio = await startStudio(services, await services.createDatabase());
  const [short, long]: [Drain[], Drain[]] = [[], []];
  try {
    await drain(studio, parameters.backlog);
    for (let run = 0; run < parameters.drains; run++) {
      short.push(await drain(studio, parameters.backlog));
      long.push(await drain(studio, parameters.backlog * LONGER));
      progress(`drained streams ${String(run + 1)} of ${String(parameters.drains)} times`);
    }
  } finally {
    await studio.stop();
  }
  const rates = (drains: readonly Drain[]) => drains.map(({ eventsPerSecond }) => eventsPerSecond);
  return {
    rows: [
      { what: 'drained, short stream', unit: 'events/s', values: rates(short) },
      {
        what: 'drained, ten times as long',
        unit: 'events/s',
        values: rates(long),
        baseline: 'drained, short stream',
      },
    ],
    slope: median(long.map(({ slope }) => slope)),
  };
}

/** With ten million rows nothing else is seen of the bench for minutes. */
function progress(text: string): void {
  process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${text}\n`);
}

await withServices(async (services) => {
  const { rows: streamRows, slope } = await streams(services);
  const rows = [...(await tables(services)), ...streamRows];
  const ratio = (what: string, one: string, other: string): Goal => ({
    what,
    figure: medianOf(rows, one) / medianOf(rows, other),
    atLeast: 0.9,
    unit: 'x',
  });
  printReport({
    title: 'Growth: what was stored and what waits must not slow the next event down',
    versions: services.versions,
    parameters,
    rows,
    goals: [
      ratio('filled / empty tables', 'stored, filled tables', 'stored, empty tables'),
      ratio('hot / new trace', 'stored, a hot trace', 'stored, a new trace'),
      ratio('long / short stream', 'drained, ten times as long', 'drained, short stream'),
      { what: 'long stream, last / first quarter', figure: slope, atLeast: 0.9, unit: 'x' },
    ],
  });
});
