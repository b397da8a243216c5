import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import type { DataSource } from 'typeorm';
import { decodeAdmitted } from '../src/stream-consumer/decoding/entry-decoder.ts';
import { openDatabase } from './bench-database.ts';
import { type BenchServices, withServices } from './bench-services.ts';
import { type BenchStudio, startStudio } from './bench-studio.ts';
import { type Measured, medianOf, numbersFrom, printReport } from './bench-table.ts';
import { saveEvent } from './naive-pipeline.ts';
import { EVENTS_PER_ENTRY, fieldMapOf, SAMPLE, sampleEntry, sampleEvents, take } from './sample-events.ts';

/** `--events` on the stream before the consumer may read, in each of `--runs`; `--naive` of them for the baseline. */
const PARAMETERS = { events: 40_000, runs: 5, naive: 300 };
/** Entries the baseline reads at once. */
const NAIVE_COUNT = 10;
const POLL_MS = 5;

interface Drained {
  eventsPerSecond: number;
  nodeMicros: number;
  postgresMicros: number;
}

/** What the two processes needed from here on for so many events. */
function stopwatch(services: BenchServices, nodeCpuMs: () => number): (events: number) => Drained {
  const [startMs, nodeMs, postgresMs] = [performance.now(), nodeCpuMs(), services.postgresCpuMs()];
  return (events) => ({
    eventsPerSecond: (events / (performance.now() - startMs)) * 1_000,
    nodeMicros: ((nodeCpuMs() - nodeMs) * 1_000) / events,
    postgresMicros: ((services.postgresCpuMs() - postgresMs) * 1_000) / events,
  });
}

/** The server as it is delivered: signatures, accounts, roll-ups and all else it does meanwhile included. */
async function drainByServer(services: BenchServices, studio: BenchStudio, events: number): Promise<Drained> {
  let stop = stopwatch(services, () => studio.serverCpuMs());
  await studio.whileStopped(async () => {
    for (let at = 0; at < events; at += EVENTS_PER_ENTRY) await studio.publish(EVENTS_PER_ENTRY);
    stop = stopwatch(services, () => studio.serverCpuMs());
  });
  while ((await studio.redis.xlen(studio.server.streamName)) > 0) await sleep(POLL_MS);
  return stop(events);
}

interface NaiveConsumer {
  database: DataSource;
  redis: Redis;
  stream: string;
  projectId: string;
  events: ReturnType<typeof sampleEvents>;
}

/** One entry per event, ten read at a time, each saved by itself and acknowledged. */
async function drainNaively(
  services: BenchServices,
  consumer: NaiveConsumer,
  events: number,
): Promise<Drained> {
  const { database, redis, stream, projectId } = consumer;
  for (let seq = 1; seq <= events; seq++)
    await redis.xadd(stream, '*', ...sampleEntry(projectId, take(consumer.events, 1), seq));
  const stop = stopwatch(services, () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1_000;
  });
  for (let left = events; left > 0;) {
    const group = ['GROUP', 'naive', 'one', 'COUNT', String(NAIVE_COUNT)];
    const entries = entriesOf(await redis.callBuffer('XREADGROUP', ...group, 'STREAMS', stream, '>'));
    for (const { id, flat } of entries) {
      const entry = { id, fields: fieldMapOf(flat), bytes: 0 };
      const decoded = decodeAdmitted(entry, { projectId, isSigned: false, isFromServer: false });
      for (const { event } of decoded.events) await saveEvent(database, event);
      await redis.xack(stream, 'naive', id);
      await redis.xdel(stream, id);
    }
    left -= entries.length;
  }
  return stop(events);
}

/** `[[stream, [[id, [name, value, …]], …]]]` */
function entriesOf(reply: unknown): { id: string; flat: Buffer[] }[] {
  const [[, entries]] = reply as [[Buffer, [Buffer, Buffer[]][]]];
  return entries.map(([id, flat]) => ({ id: id.toString('latin1'), flat }));
}

async function naiveConsumer(services: BenchServices): Promise<NaiveConsumer> {
  const redis = new Redis(services.redisUrl);
  const stream = 'bench:naive';
  await redis.xgroup('CREATE', stream, 'naive', '0', 'MKSTREAM');
  const database = await openDatabase(await services.createDatabase());
  return { database, redis, stream, projectId: randomUUID(), events: sampleEvents() };
}

/** Nothing may be missing for the figure to count. */
async function expectStored(databaseUrl: string, events: number): Promise<void> {
  const database = await openDatabase(databaseUrl);
  const [counts]: { stored: number; refused: number }[] = await database.query(
    `SELECT (SELECT count(*)::int FROM observations) AS stored, (SELECT count(*)::int FROM dead_letters) AS refused`,
  );
  await database.destroy();
  const wanted = (events * SAMPLE.observationsPerTrace) / (SAMPLE.observationsPerTrace + 2);
  if (counts?.stored !== wanted || counts.refused !== 0)
    throw new Error(`${String(wanted)} observations were sent: ${JSON.stringify(counts)}`);
}

function rowsOf(name: string, results: readonly Drained[], baseline?: string): Measured[] {
  return [
    {
      what: name,
      unit: 'events/s',
      values: results.map(({ eventsPerSecond }) => eventsPerSecond),
      ...(baseline === undefined ? {} : { baseline }),
    },
    { what: `${name}, Node`, unit: 'CPU µs/event', values: results.map(({ nodeMicros }) => nodeMicros) },
    {
      what: `${name}, PG`,
      unit: 'CPU µs/event',
      values: results.map(({ postgresMicros }) => postgresMicros),
    },
  ];
}

async function bench(services: BenchServices): Promise<void> {
  const parameters = numbersFrom(PARAMETERS);
  const databaseUrl = await services.createDatabase();
  const studio = await startStudio(services, databaseUrl);
  const naive = await naiveConsumer(services);
  const [byServer, naively]: [Drained[], Drained[]] = [[], []];
  try {
    for (let run = -1; run < parameters.runs; run++) {
      const results = [
        await drainByServer(services, studio, parameters.events),
        await drainNaively(services, naive, parameters.naive),
      ];
      if (run < 0) continue;
      byServer.push(...results.slice(0, 1));
      naively.push(...results.slice(1));
    }
    await expectStored(databaseUrl, parameters.events * (parameters.runs + 1));
  } finally {
    naive.redis.disconnect();
    await naive.database.destroy();
    await studio.stop();
  }
  report(services, parameters, [...rowsOf('server', byServer, 'naive'), ...rowsOf('naive', naively)]);
}

function report(services: BenchServices, parameters: typeof PARAMETERS, rows: readonly Measured[]): void {
  printReport({
    title: 'Drain: a filled stream of signed batch entries into PostgreSQL',
    versions: services.versions,
    parameters: { ...parameters, eventsPerEntry: EVENTS_PER_ENTRY, ...SAMPLE },
    rows,
    goals: [
      {
        what: 'server against naive, events/s',
        figure: medianOf(rows, 'server') / medianOf(rows, 'naive'),
        atLeast: 60,
        unit: 'x',
      },
      {
        what: 'Node CPU, all of the server',
        figure: medianOf(rows, 'server, Node'),
        atMost: 30,
        unit: 'µs/event',
      },
    ],
  });
}

await withServices(bench);
