import type { DataSource } from 'typeorm';
import { TraceRollup, TraceWriter } from '../src/traces/index.ts';
import { TraceRetention } from '../src/traces/retention/trace-retention.ts';
import { openDatabase } from './bench-database.ts';
import { type BenchServices, withServices } from './bench-services.ts';
import { type Measured, medianOf, numbersFrom, printReport, quantile } from './bench-table.ts';
import { fill, projectId } from './filled-database.ts';
import { decodedSample, sampleEvents } from './sample-events.ts';

/** `--batches` of `--events` are stored and deleted again in each of `--runs`, beside `--traces` that stay. */
const PARAMETERS = { events: 2_000, batches: 10, runs: 5, traces: 20_000 };
const YEAR_MS = 366 * 24 * 3_600_000;

const parameters = numbersFrom(PARAMETERS);
const project = projectId(2);
const NEVER = new AbortController().signal;
const inAYear = { now: () => new Date(Date.now() + YEAR_MS), nowMs: () => Date.now() + YEAR_MS };
const nobodyGone = { findGone: () => Promise.resolve(new Set<string>()) };

interface Run {
  storedRows: number;
  storeMs: number[];
  deleteMs: number;
  /** Times of batches that were stored while the deletion ran. */
  besideMs: number[];
}

async function storeBatch(database: DataSource, into: string): Promise<number> {
  const events = decodedSample(into, sampleEvents(), parameters.events);
  const startedMs = performance.now();
  await database.transaction((manager) => new TraceWriter().store(manager, events));
  return performance.now() - startedMs;
}

async function countRows(database: DataSource): Promise<number> {
  const rows: { rows: number }[] = await database.query(
    `SELECT ((SELECT count(*) FROM traces WHERE project_id = $1) + (SELECT count(*) FROM observations WHERE project_id = $1)
      + (SELECT count(*) FROM observation_payloads WHERE project_id = $1))::int AS rows`,
    [project],
  );
  return rows[0]?.rows ?? 0;
}

/** @param besides whether another project's events are stored while this one's are deleted */
async function run(database: DataSource, besides: 'nothing' | 'ingest'): Promise<Run> {
  const storeMs: number[] = [];
  for (let batch = 0; batch < parameters.batches; batch++) storeMs.push(await storeBatch(database, project));
  const rollup = new TraceRollup(database, nobodyGone, { now: () => new Date(), nowMs: () => Date.now() });
  while ((await rollup.step()) > 0);
  const storedRows = await countRows(database);
  const besideMs: number[] = [];
  let isDeleting = true;
  const storing = (async () => {
    while (besides === 'ingest' && isDeleting) besideMs.push(await storeBatch(database, projectId(3)));
  })();
  const startedMs = performance.now();
  await new TraceRetention(database, inAYear).run(NEVER).finally(() => (isDeleting = false));
  const deleteMs = performance.now() - startedMs;
  await storing;
  if ((await countRows(database)) > 0) throw new Error('Not all rows were deleted');
  return { storedRows, storeMs, deleteMs, besideMs };
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

function tableOf(alone: readonly Run[], together: readonly Run[]): Measured[] {
  const stored = alone.map(({ storedRows, storeMs }) => (storedRows / sum(storeMs)) * 1_000);
  const deleted = (runs: readonly Run[]) =>
    runs.map(({ storedRows, deleteMs }) => (storedRows / deleteMs) * 1_000);
  const batchMs = (runs: readonly Run[], of: (run: Run) => number[]) =>
    runs.map((each) => quantile(of(each), 0.5));
  return [
    { what: 'stored', unit: 'rows/s', values: stored },
    { what: 'deleted', unit: 'rows/s', values: deleted(alone), baseline: 'stored' },
    { what: 'deleted beside ingest', unit: 'rows/s', values: deleted(together), baseline: 'stored' },
    { what: 'batch', unit: 'ms', values: batchMs(alone, ({ storeMs }) => storeMs) },
    {
      what: 'batch beside deletion',
      unit: 'ms',
      values: batchMs(together, ({ besideMs }) => besideMs),
      baseline: 'batch',
    },
  ];
}

async function bench(services: BenchServices): Promise<void> {
  const database = await openDatabase(await services.createDatabase());
  await fill(database, { projects: 3, traces: parameters.traces, observationsPerTrace: 10 });
  await database.query('DELETE FROM traces WHERE project_id = $1', [project]);
  await database.query('DELETE FROM observations WHERE project_id = $1', [project]);
  await database.query('DELETE FROM observation_payloads WHERE project_id = $1', [project]);
  await database.query('UPDATE projects SET retention_days = 30 WHERE id = $1', [project]);
  await run(database, 'nothing');
  const alone: Run[] = [];
  const together: Run[] = [];
  for (let count = 0; count < parameters.runs; count++) {
    alone.push(await run(database, 'nothing'));
    together.push(await run(database, 'ingest'));
  }
  await database.destroy();
  const rows = tableOf(alone, together);
  printReport({
    title: 'Deleting what is kept no longer, beside storing it',
    versions: services.versions,
    parameters,
    rows,
    goals: [
      {
        what: 'deleted / stored',
        figure: medianOf(rows, 'deleted') / medianOf(rows, 'stored'),
        atLeast: 1,
        unit: 'x',
      },
      {
        what: 'batch beside deletion / alone',
        figure: medianOf(rows, 'batch beside deletion') / medianOf(rows, 'batch'),
        atMost: 3,
        unit: 'x',
      },
    ],
  });
}

await withServices(bench);
