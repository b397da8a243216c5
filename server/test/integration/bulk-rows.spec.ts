import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { EncodableEvent } from 'swisper-studio/contract';
import type { MergeEvent } from '../../src/traces/index.ts';
import { TraceWriter } from '../../src/traces/merging/trace-writer.ts';
import type { IngestRig, Row } from './ingest-rig.ts';
import { at, decoded, event, startMergeRig, STEP, stepId, T0 } from './merge-deliveries.ts';

const few = new TraceWriter(Number.MAX_SAFE_INTEGER);
const many = new TraceWriter(1);

let rig: IngestRig;
beforeAll(async () => {
  rig = await startMergeRig();
});
afterAll(() => rig.close());

const store = (writer: TraceWriter, events: readonly MergeEvent[]): Promise<void> =>
  rig.dataSource.transaction((manager) => writer.store(manager, events));

const decodeAll = (project: string, events: readonly EncodableEvent[]): MergeEvent[] =>
  events.map((sent, index) => decoded(project, sent, index + 1, T0 + 1_000));

/** Every row of the project but for the project itself, bodies as text. */
async function rowsOf(project: string): Promise<Row[]> {
  return rig.query(
    `SELECT to_jsonb(t) - 'project_id' AS row FROM traces t WHERE project_id = $1
     UNION ALL SELECT to_jsonb(o) - 'project_id' || jsonb_build_object('p', model_parameters::text)
     FROM observations o WHERE project_id = $1
     UNION ALL SELECT jsonb_build_object('trace', trace_id, 'observation', observation_id, 'kind', kind,
       'body', body::text, 'bytes', bytes, 'version', version, 'signed', signed)
     FROM observation_payloads p WHERE project_id = $1 ORDER BY row`,
    [project],
  );
}

const step = (
  number: number,
  over: object = {},
  payloads: EncodableEvent['payloads'] = [],
): EncodableEvent => {
  const times = { start_time: at(number), end_time: at(number + 1) };
  const header = { event_type: 'observation', observation_id: stepId(number), name: 'n', type: 'TOOL' };
  return event({ ...header, ...times, ...over }, payloads);
};

const ODD: readonly EncodableEvent[] = [
  event({
    event_type: 'trace_start',
    name: 'ä€𝄞 \\ " \t\n',
    user_id: 'x'.repeat(39) + 'ü',
    session_id: 'y'.repeat(500),
    tags: ['', 'ä', '{"a,b"}', 'NULL', 'z'.repeat(60)],
    environment: '',
    timestamp: '2026-06-01T12:00:00.123456Z',
  }),
  step(1, { start_time: '0001-01-01T00:00:00Z', end_time: '9999-12-31T23:59:59.999999Z' }),
  step(2, { start_time: '1969-12-31T23:59:59.999999Z', end_time: '2000-02-29T12:30:15.5Z', level: 'ERROR' }),
  step(3, {
    model: 'gpt-5',
    model_parameters: { b: 1e300, a: 'é' },
    usage: { input: 1 },
    cost: { total: 0.1 },
  }),
  step(4, { observation_id: 'not a uuid', parent_observation_id: STEP, status_message: '🙂'.repeat(100) }, [
    ['input', '{"b":1, "a":12345678901234567890, "n":"\\u0000"}'],
    ['output', JSON.stringify('long '.repeat(40_000))],
    ['meta', '"ä"'],
  ]),
  event({ event_type: 'trace_end', end_time: at(9), status: 'interrupted' }, [['output', 'null']]),
];

test('many rows at once become the same rows as few, whatever their values', async () => {
  // Ids that are no UUIDs become other ids in each project: one project is compared with itself.
  const one = randomUUID();
  await store(few, decodeAll(one, ODD));
  const expected = await rowsOf(one);
  for (const table of ['traces', 'observations', 'observation_payloads'])
    await rig.query(`DELETE FROM ${table} WHERE project_id = $1`, [one]);
  await store(many, decodeAll(one, ODD));
  expect(await rowsOf(one)).toEqual(expected);
  expect(expected).toHaveLength(1 + 4 + 4);
  await store(many, decodeAll(one, ODD));
  expect(await rowsOf(one)).toEqual(expected);
});

test('what the database refuses has its SQLSTATE, and the transaction goes on with the rest', async () => {
  const project = randomUUID();
  const good = decodeAll(project, ODD);
  const large = JSON.stringify('x'.repeat(900_000));
  const bad = decodeAll(project, [
    step(1, {}, [['input', '{"never": ']]),
    ...[2, 3, 5, 6, 7, 8].map((number) =>
      step(number, {}, [
        ['input', large],
        ['output', large],
      ]),
    ),
  ]);
  await rig.dataSource.transaction(async (manager) => {
    for (let round = 0; round < 3; round++) {
      await manager.query('SAVEPOINT s');
      await expect(many.store(manager, bad)).rejects.toMatchObject({ code: '22P02' });
      await manager.query('ROLLBACK TO SAVEPOINT s');
    }
    await many.store(manager, good.slice(0, 3));
    await many.store(manager, good.slice(3));
  });
  const other = randomUUID();
  await store(few, decodeAll(other, ODD));
  expect(await rowsOf(project)).toHaveLength((await rowsOf(other)).length);
});

test('writers that meet on one trace end in the rows of one writer', async () => {
  const alone = randomUUID();
  const halves = (project: string): MergeEvent[] =>
    decodeAll(
      project,
      [1, 2, 3, 4, 5].flatMap((number) => [
        event(
          {
            event_type: 'observation_start',
            observation_id: stepId(number),
            name: 'n',
            type: 'TOOL',
            start_time: at(number),
          },
          [['input', '1']],
        ),
        event({ event_type: 'observation_end', observation_id: stepId(number), end_time: at(10 + number) }, [
          ['output', '2'],
        ]),
      ]),
    );
  await store(few, halves(alone));
  const expected = await rowsOf(alone);
  for (let race = 0; race < 20; race++) {
    const project = randomUUID();
    const events = halves(project);
    const shares = [0, 1, 2].map((share) =>
      events.filter((_, index) => (index * 7 + race) % (share + 2) === 0),
    );
    await Promise.all([...shares, events].map((share, index) => store(index % 2 === 0 ? many : few, share)));
    expect(await rowsOf(project)).toEqual(expected);
  }
});
