import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { MergeEvent } from '../../src/traces/index.ts';
import { TraceWriter } from '../../src/traces/merging/trace-writer.ts';
import { eventually } from '../harness/eventually.ts';
import type { IngestRig } from './ingest-rig.ts';
import { at, decoded, event, startMergeRig, STEP, stepId, T0 } from './merge-deliveries.ts';

let rig: IngestRig;
beforeAll(async () => {
  rig = await startMergeRig();
});
afterAll(() => rig.close());

const start = (name: string) =>
  event({ event_type: 'trace_start', name, timestamp: at(0) }, [['input', JSON.stringify(name)]]);
const step = (name: string, ms: number, id = STEP) =>
  event({ event_type: 'observation_start', observation_id: id, name, type: 'AGENT', start_time: at(ms) }, [
    ['input', JSON.stringify(name)],
  ]);

let seq = 0;
/** The later it is made, the later is its version: an unsigned one would win if it might. */
const signed = (project: string, sent: ReturnType<typeof event>): MergeEvent =>
  decoded(project, sent, ++seq, T0 + 1_000);
const unsigned = (project: string, sent: ReturnType<typeof event>): MergeEvent => ({
  ...signed(project, sent),
  isSigned: false,
});

/** What is stored of a project: names of traces and observations, payloads, each with whether it is signed. */
async function stored(project: string): Promise<string[]> {
  const rows = await rig.query(
    `SELECT 'trace ' || coalesce(name, '-') || CASE WHEN signed THEN ' signed' ELSE '' END AS line
     FROM traces WHERE project_id = $1
     UNION ALL SELECT 'step ' || coalesce(name, '-') || CASE WHEN signed THEN ' signed' ELSE '' END
     FROM observations WHERE project_id = $1
     UNION ALL SELECT 'payload ' || body::text || CASE WHEN signed THEN ' signed' ELSE '' END
     FROM observation_payloads WHERE project_id = $1 ORDER BY line`,
    [project],
  );
  return rows.map(({ line }) => String(line));
}

/** Both ways rows are written, few at a time and many. */
describe.each([
  ['few rows', new TraceWriter()],
  ['many rows', new TraceWriter(1)],
])('stored as %s', (_, writer) => {
  const store = (...events: MergeEvent[]): Promise<void> =>
    rig.dataSource.transaction((manager) => writer.store(manager, events));

  test('an unsigned event changes nothing of a signed trace, its observations and payloads, and adds nothing', async () => {
    const project = randomUUID();
    await store(signed(project, start('run')), signed(project, step('plan', 1)));
    const before = ['payload "plan" signed', 'payload "run" signed', 'step plan signed', 'trace run signed'];
    expect(await stored(project)).toEqual(before);
    await store(
      unsigned(project, start('forged')),
      unsigned(project, step('forged', 1)),
      unsigned(project, step('added', 2, stepId(2))),
    );
    expect(await stored(project)).toEqual(before);
    expect(
      await rig.query('SELECT mark FROM trace_rollup_marks WHERE project_id = $1', [project]),
    ).toHaveLength(1);
  });

  test('an observation makes its trace signed as much as the trace itself does', async () => {
    const project = randomUUID();
    await store(signed(project, step('plan', 1)));
    await store(unsigned(project, start('forged')));
    expect(await stored(project)).toEqual(['payload "plan" signed', 'step plan signed', 'trace - signed']);
  });

  test('a signed event merges with what an unsigned one left, and makes it signed', async () => {
    const project = randomUUID();
    await store(unsigned(project, start('run')), unsigned(project, step('plan', 1)));
    expect(await stored(project)).toEqual(['payload "plan"', 'payload "run"', 'step plan', 'trace run']);
    await store(
      signed(
        project,
        event({ event_type: 'observation_end', observation_id: STEP, end_time: at(5) }, [
          ['output', '"done"'],
        ]),
      ),
    );
    expect(await stored(project)).toEqual([
      'payload "done" signed',
      'payload "plan"',
      'payload "run"',
      'step plan signed',
      'trace run signed',
    ]);
  });

  test('of one batch the signed events count first, whatever their order', async () => {
    const project = randomUUID();
    const other = randomUUID();
    const first = unsigned(project, start('forged'));
    await store(first, signed(project, start('run')), unsigned(other, start('open')));
    expect(await stored(project)).toEqual(['payload "run" signed', 'trace run signed']);
    expect(await stored(other)).toEqual(['payload "open"', 'trace open']);
  });

  test('an unsigned writer that meets a signed one at work waits, and then changes nothing', async () => {
    const project = randomUUID();
    let forging: Promise<void> = Promise.resolve();
    await rig.dataSource.transaction(async (manager) => {
      await writer.store(manager, [signed(project, start('run'))]);
      forging = store(unsigned(project, start('forged')), unsigned(project, step('forged', 1)));
      await waitingWriters(1);
    });
    await forging;
    expect(await stored(project)).toEqual(['payload "run" signed', 'trace run signed']);
  });
});

/** Until so many connections of this database wait for a lock. */
async function waitingWriters(count: number): Promise<void> {
  await eventually(
    () =>
      rig.query(
        `SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()`,
      ),
    (rows) => rows.length >= count,
  );
}
