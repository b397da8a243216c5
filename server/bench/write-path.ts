import { randomUUID } from 'node:crypto';
import type { DataSource } from 'typeorm';
import { copyRows } from '../src/traces/merging/copy-rows.ts';
import { copyData } from '../src/traces/merging/copy-tuples.ts';
import { foldEvents } from '../src/traces/merging/event-fold.ts';
import {
  OBSERVATION_COLUMNS,
  PAYLOAD_COLUMNS,
  type RowColumn,
  TRACE_COLUMNS,
} from '../src/traces/merging/row-columns.ts';
import { clientOf } from '../src/traces/merging/bulk-rows.ts';
import { TraceWriter } from '../src/traces/merging/trace-writer.ts';
import type { MergeEvent } from '../src/traces/index.ts';
import { openDatabase } from './bench-database.ts';
import { type BenchServices, withServices } from './bench-services.ts';
import { medianOf, numbersFrom, printReport } from './bench-table.ts';
import { saveEvent } from './naive-pipeline.ts';
import { decodedSample, SAMPLE, sampleEvents } from './sample-events.ts';

/** `--events` of one transaction, `--batches` of one run, `--naive` events in place of one that are saved one by one. */
const PARAMETERS = { events: 2_000, batches: 10, runs: 5, naive: 20 };
const parameters = numbersFrom(PARAMETERS);

/** One way to store decoded events. Not timed: `prepare`. Timed: what it returns. */
type Contender = (events: readonly MergeEvent[]) => () => Promise<void>;

interface Result {
  rowsPerSecond: number;
  nodeMicros: number;
  postgresMicros: number;
}

const writer = new TraceWriter();

const merging =
  (database: DataSource): Contender =>
  (events) =>
  () =>
    database.transaction((manager) => writer.store(manager, events));

/** The same rows into the same tables by nothing but binary COPY, encoded before the clock starts. */
function copying(database: DataSource): Contender {
  return (events) => {
    const fold = foldEvents(events);
    const parts = [
      copyPart('traces', TRACE_COLUMNS, fold.traces),
      copyPart('observations', OBSERVATION_COLUMNS, fold.observations),
      copyPart('observation_payloads', PAYLOAD_COLUMNS, fold.payloads),
    ];
    return () =>
      database.transaction(async (manager) => {
        const client = await clientOf(manager);
        if (client === null) throw new Error('The transaction has no connection');
        for (const { sql, data } of parts) await copyRows(client, sql, data);
      });
  };
}

function copyPart<R>(
  table: string,
  columns: readonly RowColumn<R>[],
  rows: readonly R[],
): { sql: string; data: readonly Buffer[] } {
  const names = columns.map(({ column }) => column).join(',');
  return {
    sql: `COPY ${table} (${names}) FROM STDIN (FORMAT binary)`,
    data: [...copyData(rows, columns)],
  };
}

const saving =
  (database: DataSource): Contender =>
  (events) =>
  async () => {
    for (const event of events) await saveEvent(database, event);
  };

function rowCount(events: readonly MergeEvent[]): number {
  const fold = foldEvents(events);
  return fold.traces.length + fold.observations.length + fold.payloads.length;
}

interface Spent {
  rows: number;
  events: number;
  ms: number;
  nodeMs: number;
  postgresMs: number;
}

async function storeTimed(
  services: BenchServices,
  contender: Contender,
  events: readonly MergeEvent[],
  spent: Spent,
): Promise<void> {
  const run = contender(events);
  const before = { ms: performance.now(), cpu: process.cpuUsage(), postgres: services.postgresCpuMs() };
  await run();
  const { user, system } = process.cpuUsage(before.cpu);
  spent.ms += performance.now() - before.ms;
  spent.nodeMs += (user + system) / 1_000;
  spent.postgresMs += services.postgresCpuMs() - before.postgres;
  spent.rows += rowCount(events);
  spent.events += events.length;
}

const resultOf = ({ rows, events, ms, nodeMs, postgresMs }: Spent): Result => ({
  rowsPerSecond: (rows / ms) * 1_000,
  nodeMicros: (nodeMs / events) * 1_000,
  postgresMicros: (postgresMs / events) * 1_000,
});

interface Entrant {
  readonly name: string;
  readonly contender: Contender;
  readonly database: DataSource;
  /** Events of one batch. */
  readonly size: number;
}

async function entrants(services: BenchServices, events: number, naive: number): Promise<Entrant[]> {
  const of = async (name: string, made: (database: DataSource) => Contender, size: number) => {
    const database = await openDatabase(await services.createDatabase());
    return { name, contender: made(database), database, size };
  };
  return [
    await of('TraceWriter', merging, events),
    await of('raw COPY', copying, events),
    await of('save() per event', saving, naive),
  ];
}

/** Batch by batch in turn, so that the machine's moods hit all of them. */
async function oneRun(
  services: BenchServices,
  contenders: readonly Entrant[],
  batchOf: (size: number) => MergeEvent[],
): Promise<Result[]> {
  const spent = contenders.map(() => ({ rows: 0, events: 0, ms: 0, nodeMs: 0, postgresMs: 0 }));
  for (let batch = 0; batch < parameters.batches; batch++) {
    for (const [at, { contender, size }] of contenders.entries()) {
      const into = spent[at];
      if (into !== undefined) await storeTimed(services, contender, batchOf(size), into);
    }
  }
  return spent.map(resultOf);
}

async function bench(services: BenchServices): Promise<void> {
  const supply = sampleEvents();
  const project = randomUUID();
  const contenders = await entrants(services, parameters.events, parameters.naive);
  const results = new Map(contenders.map(({ name }) => [name, new Array<Result>()]));
  for (let run = -1; run < parameters.runs; run++) {
    const figures = await oneRun(services, contenders, (size) => decodedSample(project, supply, size));
    if (run >= 0) contenders.forEach(({ name }, at) => results.get(name)?.push(...figures.slice(at, at + 1)));
  }
  for (const { database } of contenders) await database.destroy();
  report(services, results);
}

function report(services: BenchServices, results: ReadonlyMap<string, readonly Result[]>): void {
  const rows = [...results].flatMap(([name, values]) => [
    {
      what: name,
      unit: 'rows/s',
      values: values.map(({ rowsPerSecond }) => rowsPerSecond),
      ...(name === 'raw COPY' ? {} : { baseline: 'raw COPY' }),
    },
    { what: `${name}, Node`, unit: 'CPU µs/event', values: values.map(({ nodeMicros }) => nodeMicros) },
    { what: `${name}, PG`, unit: 'CPU µs/event', values: values.map(({ postgresMicros }) => postgresMicros) },
  ]);
  printReport({
    title: 'Write path: decoded events into traces, observations and payloads',
    versions: services.versions,
    parameters: { ...parameters, ...SAMPLE },
    rows,
    goals: [
      {
        what: 'TraceWriter against raw COPY, rows/s',
        figure: medianOf(rows, 'TraceWriter') / medianOf(rows, 'raw COPY'),
        atLeast: 0.75,
        unit: 'x',
      },
      {
        what: 'TraceWriter against save() per event, rows/s',
        figure: medianOf(rows, 'TraceWriter') / medianOf(rows, 'save() per event'),
        atLeast: 60,
        unit: 'x',
      },
    ],
  });
}

await withServices(bench);
