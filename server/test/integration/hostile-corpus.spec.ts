import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { HOSTILE_CORPUS } from '../hostile-corpus/hostile-corpus.ts';
import { neighboursOf } from '../hostile-corpus/hostile-row.ts';
import { type HostileOutcome, HostileRun } from './hostile-run.ts';

let run: HostileRun;
let outcomes: readonly HostileOutcome[] = [];
beforeAll(async () => {
  run = await HostileRun.start();
  outcomes = await run.outcomesOf(HOSTILE_CORPUS);
});
afterAll(() => run.close());

const rows = HOSTILE_CORPUS.map((row, index) => [`${String(index + 1)}. ${row.name}`, index] as const);

test.each(rows)('%s', (_, index) => {
  const row = HOSTILE_CORPUS[index];
  const outcome = outcomes[index];
  if (row === undefined || outcome === undefined) throw new Error('The run did not come to its end');
  const { expected, hasNeighbours } = row;
  if (expected.outcome === 'dead') {
    const { reason, level, under } = expected;
    const event_index = level === 'entry' ? -1 : hasNeighbours ? 1 : 0;
    const project_id = outcome.owners[under];
    expect([outcome.row, outcome.deadLetters]).toEqual([null, [{ event_index, reason, project_id }]]);
    return;
  }
  expect(outcome.deadLetters).toEqual([]);
  expect(outcome.row).toMatchObject({ ...expected.columns, marks: [...expected.marks].sort() });
  if (expected.payload !== undefined) expect(outcome.payload).toBe(expected.payload);
});

test('there are at least 300 rows, of every outcome', () => {
  expect(HOSTILE_CORPUS.length).toBeGreaterThanOrEqual(300);
  const kinds = HOSTILE_CORPUS.map(({ expected }) =>
    expected.outcome === 'dead' ? 'dead' : expected.marks.length > 0 ? 'sanitised' : 'stored',
  );
  expect(new Set(kinds)).toEqual(new Set(['dead', 'sanitised', 'stored']));
});

test('neighbours in the same entry and in the same batch are stored, unmarked', async () => {
  const inEntries = HOSTILE_CORPUS.flatMap(({ hasNeighbours, expected }, index) =>
    hasNeighbours && !(expected.outcome === 'dead' && expected.level === 'entry')
      ? neighboursOf(run.traceOf(index))
      : [],
  );
  expect(await run.missingOf([...inEntries, ...run.betweenEntries])).toEqual([]);
});

test('the consumer goes on, nothing waits, and nobody\u2019s prototype was touched', async () => {
  expect(await run.isAlive()).toBe(true);
  expect({}).not.toHaveProperty('polluted');
  expect(Object.prototype).not.toHaveProperty('polluted');
});

test('forged, foreign, replayed and unsigned entries left the signed project with what it signed itself', async () => {
  const itsOwn = HOSTILE_CORPUS.filter(({ name }) => /^signature: right(, with unknown fields)?$/.test(name));
  expect(await run.untouched()).toEqual({ name: 'of the signed project', marks: [], rows: itsOwn.length });
});
