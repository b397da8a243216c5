import { setTimeout as sleep } from 'node:timers/promises';
import { openDatabase } from './bench-database.ts';
import { type BenchServices, withServices } from './bench-services.ts';
import { type BenchStudio, startStudio } from './bench-studio.ts';
import { type Measured, medianOf, numbersFrom, printReport } from './bench-table.ts';
import { cpuRatioFor, NaivePipeline } from './naive-pipeline.ts';
import { EVENTS_PER_ENTRY, SAMPLE } from './sample-events.ts';
import { type Pace, stopwatch } from './stopwatch.ts';

/** `--events` on the stream before the consumer may read, in each of `--runs`; `--naive` of them for the baseline. */
const PARAMETERS = { events: 40_000, runs: 5, naive: 300 };
const POLL_MS = 5;

/** The server as it is delivered: signatures, accounts, roll-ups and all else it does meanwhile included. */
async function drainByServer(services: BenchServices, studio: BenchStudio, events: number): Promise<Pace> {
  let stop = stopwatch(services, () => studio.serverCpuMs());
  await studio.whileStopped(async () => {
    for (let at = 0; at < events; at += EVENTS_PER_ENTRY) await studio.publish(EVENTS_PER_ENTRY);
    stop = stopwatch(services, () => studio.serverCpuMs());
  });
  while ((await studio.redis.xlen(studio.server.streamName)) > 0) await sleep(POLL_MS);
  return stop(events);
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

function rowsOf(name: string, results: readonly Pace[], baseline?: string): Measured[] {
  return [
    {
      what: name,
      unit: 'events/s',
      values: results.map(({ eventsPerSecond }) => eventsPerSecond),
      ...(baseline === undefined ? {} : { baseline }),
    },
    {
      what: `${name}, Node`,
      unit: 'CPU µs/event',
      values: results.map(({ nodeMicros }) => nodeMicros),
    },
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
  const naive = await NaivePipeline.open(services);
  const [byServer, naively]: [Pace[], Pace[]] = [[], []];
  try {
    for (let run = -1; run < parameters.runs; run++) {
      const results = [
        await drainByServer(services, studio, parameters.events),
        await naive.drain(parameters.naive),
      ];
      if (run < 0) continue;
      byServer.push(...results.slice(0, 1));
      naively.push(...results.slice(1));
    }
    await expectStored(databaseUrl, parameters.events * (parameters.runs + 1));
  } finally {
    await naive.close();
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
        what: 'Node CPU, naive against server',
        figure: medianOf(rows, 'naive, Node') / medianOf(rows, 'server, Node'),
        atLeast: cpuRatioFor(30),
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
