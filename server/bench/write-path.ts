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

/** `--events` of one transaction, `--batches` of one run, `--naive` events of one run that are saved one by one. */
const PARAMETERS = { events: 2_000, batches: 5, runs: 5, naive: 200 };

/** One way to store decoded events. Not timed: `prepare`. Timed: what it returns. */
type Contender = (events: readonly MergeEvent[]) => () => Promise<void>;

interface Result {
  rows: number;
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

async function measure(
  services: BenchServices,
  contender: Contender,
  batches: readonly (readonly MergeEvent[])[],
): Promise<Result> {
  const runs = batches.map(contender);
  const rows = batches.reduce((sum, batch) => sum + rowCount(batch), 0);
  const events = batches.reduce((sum, batch) => sum + batch.length, 0);
  const before = { ms: performance.now(), cpu: process.cpuUsage(), postgres: services.postgresCpuMs() };
  for (const run of runs) await run();
  const seconds = (performance.now() - before.ms) / 1000;
  const { user, system } = process.cpuUsage(before.cpu);
  return {
    rows,
    rowsPerSecond: rows / seconds,
    nodeMicros: (user + system) / events,
    postgresMicros: ((services.postgresCpuMs() - before.postgres) * 1000) / events,
  };
}

async function bench(services: BenchServices): Promise<void> {
  const parameters = numbersFrom(PARAMETERS);
  const events = sampleEvents();
  const project = randomUUID();
  const batchesOf = (count: number, size: number): MergeEvent[][] =>
    Array.from({ length: count }, () => decodedSample(project, events, size));
  const databases = await Promise.all(
    [1, 2, 3].map(async () => openDatabase(await services.createDatabase())),
  );
  const [merged, copied, saved] = databases;
  if (merged === undefined || copied === undefined || saved === undefined) throw new Error('No databases');
  const contenders = [
    { name: 'TraceWriter', contender: merging(merged), batches: parameters.batches, size: parameters.events },
    { name: 'raw COPY', contender: copying(copied), batches: parameters.batches, size: parameters.events },
    { name: 'save() per event', contender: saving(saved), batches: 1, size: parameters.naive },
  ];
  const results = new Map(contenders.map(({ name }) => [name, new Array<Result>()]));
  for (let run = -1; run < parameters.runs; run++) {
    for (const { name, contender, batches, size } of contenders) {
      const result = await measure(services, contender, batchesOf(batches, size));
      if (run >= 0) results.get(name)?.push(result);
    }
  }
  for (const database of databases) await database.destroy();
  report(services, parameters, results);
}

function report(
  services: BenchServices,
  parameters: typeof PARAMETERS,
  results: ReadonlyMap<string, readonly Result[]>,
): void {
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
