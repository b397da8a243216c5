import type { DataSource } from 'typeorm';
import type { Clock } from '../src/kernel/clock.ts';
import { ConnectionStatus } from '../src/heartbeat/connection-status.ts';
import { encodeCursor } from '../src/http/page.ts';
import { ObservationReader } from '../src/traces/reading/observation-reader.ts';
import { PayloadReader } from '../src/traces/reading/payload-reader.ts';
import type { TraceQuery } from '../src/traces/reading/trace-query.ts';
import { TraceReader } from '../src/traces/reading/trace-reader.ts';
import { openDatabase } from './bench-database.ts';
import { withServices } from './bench-services.ts';
import { type Goal, type Measured, medianOf, numbersFrom, printReport } from './bench-table.ts';
import { addLargeTrace, fill, projectId, RARE } from './filled-database.ts';

/** `--runs` of each read. A page is the API's default of 50 traces. */
const PARAMETERS = { projects: 20, traces: 200_000, observationsPerTrace: 10, depth: 40_000, runs: 40 };
const WARM_UP = 5;
const LARGE = 10_000;
const MIDDLE = 200;
const LIST_MS = 5;

const parameters = numbersFrom(PARAMETERS);
const project = projectId(1);

/** Filters of the list: values many traces have, that three have (the oldest), and that none has. */
const FILTERS: Record<string, TraceQuery> = {
  'no filter': {},
  'from, to': { from: '2000-01-01T00:00:00Z', to: '2100-01-01T00:00:00Z' },
  'user, some': { user_id: 'user-7' },
  'user, rare': { user_id: RARE },
  'session, rare': { session_id: RARE },
  'name, rare': { name: RARE },
  'name, none': { name: 'none' },
  'status error, 2 %': { status: 'error' },
  'status incomplete, rare': { status: 'incomplete' },
  'status interrupted, none': { status: 'interrupted' },
  'level WARNING, 4 %': { level: 'WARNING' },
  'level DEBUG, rare': { level: 'DEBUG' },
  'environment staging, 1 %': { environment: 'staging' },
  'environment, rare': { environment: RARE },
  'environment, none': { environment: 'none' },
  'version, 2 %': { version: '1.7' },
  'version, rare': { version: RARE },
  'version, none': { version: 'none' },
  'tag, all': { tag: 'all' },
  'tag, 1 %': { tag: 'tag-7' },
  'tag, rare': { tag: RARE },
  'tag, none': { tag: 'none' },
  'duration, 50 %': { min_duration_ms: 5_000 },
  'duration, rare': { min_duration_ms: 1_000_000 },
  'duration, none': { min_duration_ms: 1e9 },
  'error of a rare user': { user_id: RARE, status: 'error' },
};

/** Traces, failed ones and tokens per day, from the rows of all observations. */
const CHART_NAIVE = `
  SELECT date_trunc('day', t.start_time) AS day, count(DISTINCT t.id) AS traces,
         count(DISTINCT t.id) FILTER (WHERE o.level = 'ERROR') AS errors, sum((o.usage->>'total')::numeric) AS tokens
  FROM traces t JOIN observations o ON o.project_id = t.project_id AND o.trace_id = t.id
  WHERE t.project_id = $1 AND t.start_time >= now() - interval '30 days' GROUP BY 1 ORDER BY 1`;

/** The same from what was added up per hour. */
const CHART_ROLLED_UP = `
  SELECT date_trunc('day', hour) AS day, sum(traces) AS traces, sum(errors) AS errors, sum(total_tokens) AS tokens
  FROM project_hours WHERE project_id = $1 AND hour >= now() - interval '30 days' GROUP BY 1 ORDER BY 1`;

async function timed(
  what: string,
  read: () => Promise<unknown>,
  runs: number = parameters.runs,
): Promise<Measured> {
  const values: number[] = [];
  for (let run = -Math.min(WARM_UP, runs); run < runs; run++) {
    const startedMs = performance.now();
    await read();
    if (run >= 0) values.push(performance.now() - startedMs);
  }
  return { what, unit: 'ms', values };
}

async function lists(reader: TraceReader): Promise<Measured[]> {
  const rows: Measured[] = [];
  for (const [name, query] of Object.entries(FILTERS)) {
    rows.push(await timed(`list, ${name}`, () => reader.list(project, query)));
  }
  return rows;
}

/** The page behind so many traces. */
async function deepList(database: DataSource, reader: TraceReader): Promise<Measured> {
  const rows: { start_time: string; id: string }[] = await database.query(
    `SELECT to_char(start_time, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS start_time, id FROM traces WHERE project_id = $1
     ORDER BY start_time DESC, id DESC OFFSET $2 LIMIT 1`,
    [project, parameters.depth],
  );
  const [last] = rows;
  if (last === undefined) return { what: 'list, deep', unit: 'ms', values: [] };
  const cursor = encodeCursor([last.start_time, last.id]);
  return timed('list, deep', () => reader.list(project, { cursor }));
}

async function single(database: DataSource, reader: TraceReader): Promise<Measured[]> {
  const observations = new ObservationReader(database, reader);
  const payloads = new PayloadReader(database);
  const [middle, large] = [await addLargeTrace(database, MIDDLE), await addLargeTrace(database, LARGE)];
  await database.query('VACUUM (ANALYZE) observations, observation_payloads');
  const rows: { id: string }[] = await database.query(
    'SELECT id FROM observations WHERE project_id = $1 AND trace_id = $2 LIMIT 1',
    [project, large],
  );
  const address = { projectId: project, trace: large, observation: rows[0]?.id ?? '', kind: 'input' };
  const status = new ConnectionStatus(database, leapingClock());
  return [
    await timed(`tree of ${String(MIDDLE)}`, () => observations.list(project, { trace_id: middle })),
    await timed(`tree of ${String(LARGE)}`, () => observations.list(project, { trace_id: large })),
    await timed('one trace', () => reader.get(project, middle)),
    await timed('one payload', async () => payloads.read(await payloads.find(address))),
    await timed('status and traces today, all projects', () => status.read(null)),
  ];
}

/** A clock that is two seconds further at every look, so that nothing is answered from a cache. */
function leapingClock(): Clock {
  let aheadMs = 0;
  const nowMs = (): number => Date.now() + (aheadMs += 2_000);
  return { nowMs, now: () => new Date(nowMs()) };
}

async function charts(database: DataSource): Promise<Measured[]> {
  return [
    await timed('30-day chart from observations', () => database.query(CHART_NAIVE, [project]), 5),
    {
      ...(await timed('30-day chart from roll-ups', () => database.query(CHART_ROLLED_UP, [project]))),
      baseline: '30-day chart from observations',
    },
  ];
}

function goalsOf(rows: readonly Measured[]): Goal[] {
  const atMost = (what: string, ms: number): Goal => ({
    what,
    figure: medianOf(rows, what),
    atMost: ms,
    unit: 'ms',
  });
  const listNames = rows.map(({ what }) => what).filter((what) => what.startsWith('list, '));
  return [
    ...listNames.map((what) => atMost(what, LIST_MS)),
    {
      what: 'deep page / first page',
      figure: medianOf(rows, 'list, deep') / medianOf(rows, 'list, no filter'),
      atMost: 2,
      unit: 'x',
    },
    atMost(`tree of ${String(MIDDLE)}`, 5),
    atMost(`tree of ${String(LARGE)}`, 150),
    atMost('one payload', 2),
    atMost('status and traces today, all projects', 10),
    {
      what: 'chart: observations / roll-ups',
      figure: medianOf(rows, '30-day chart from observations') / medianOf(rows, '30-day chart from roll-ups'),
      atLeast: 50,
      unit: 'x',
    },
  ];
}

await withServices(async (services) => {
  const database = await openDatabase(await services.createDatabase());
  await fill(database, parameters);
  const reader = new TraceReader(database);
  const rows = [
    ...(await lists(reader)),
    await deepList(database, reader),
    ...(await single(database, reader)),
  ];
  rows.push(...(await charts(database)));
  await database.destroy();
  printReport({
    title: 'Reads, as the API does them, without HTTP',
    versions: services.versions,
    parameters,
    rows,
    goals: goalsOf(rows),
  });
});
