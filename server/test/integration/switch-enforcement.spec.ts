import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type { SwitchEnforcement } from '../../src/tracing-config/index.ts';
import { EnforcementRig } from './enforcement-rig.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** Some time ago, so that nothing of the machine's clock matters. */
const T = Date.parse('2026-01-01T12:00:00Z');

let rig: EnforcementRig;
let enforcement: SwitchEnforcement;
beforeEach(async () => {
  rig = await EnforcementRig.start();
  enforcement = rig.replica();
});
afterEach(() => rig.close());

const store = (...moments: [traceId: string, receivedMs: number][]): Promise<string[]> =>
  rig.store(
    enforcement,
    moments.map(([id, ms]) => rig.moment(id, ms)),
  );

describe('a trace', () => {
  const trace = randomUUID();

  test('that began while on is stored to its end, however long tracing is off then', async () => {
    await store([trace, T]);
    await rig.turn(false, T + 10);
    expect(await store([trace, T + 20])).toEqual([]);
    expect(await store([trace, T + HOUR])).toEqual([]);
    expect(await rig.remembered()).toEqual([]);
  });

  test('that began while off is dropped to its end, also after tracing is on again', async () => {
    await rig.turn(false, T);
    expect(await store([trace, T + 10])).toEqual([trace]);
    await rig.turn(true, T + MINUTE);
    expect(await store([trace, T + 2 * MINUTE])).toEqual([trace]);
    expect(await store([trace, T + 23 * HOUR])).toEqual([trace]);
  });

  test('that begins after tracing is on again is stored', async () => {
    await rig.turn(false, T);
    await rig.turn(true, T + MINUTE);
    expect(await store([trace, T + MINUTE])).toEqual([]);
    expect(await rig.remembered()).toEqual([]);
  });

  test('is judged by its earliest entry of a batch that spans the turn', async () => {
    await rig.turn(false, T + 100);
    const late = randomUUID();
    expect(await store([trace, T + 200], [late, T + 150], [trace, T + 50])).toEqual([late]);
  });

  test('dropped and then found to have begun earlier, while on, is stored from then on', async () => {
    await rig.turn(false, T + 100);
    expect(await store([trace, T + 150])).toEqual([trace]);
    expect(await store([trace, T + 50])).toEqual([]);
    expect(await store([trace, T + 200])).toEqual([]);
    expect(await rig.remembered()).toEqual([]);
  });

  test('delivered again after the commit is judged as the first time', async () => {
    await rig.turn(false, T);
    const kept = randomUUID();
    await store([kept, T - 10]);
    for (let delivery = 0; delivery < 3; delivery += 1) {
      expect(await store([trace, T + 10], [kept, T + 10])).toEqual([trace]);
    }
    expect(await rig.remembered()).toEqual([trace]);
  });

  test('of one project says nothing of the same id in another', async () => {
    const other = await EnforcementRig.start();
    try {
      await rig.turn(false, T);
      expect(await store([trace, T + 10])).toEqual([trace]);
      const same = { ...rig.moment(trace, T + 10), projectId: other.projectId };
      const off = await rig.dataSource.transaction((manager) => enforcement.findSwitchedOff(manager, [same]));
      expect([...off]).toEqual([]);
    } finally {
      await other.close();
    }
  });
});

describe('what must be judged', () => {
  const mustJudge = async (receivedMs: number, projectId = rig.projectId): Promise<boolean> => {
    const span = { oldestMs: receivedMs, newestMs: receivedMs };
    return (await enforcement.projectsToJudge(new Map([[projectId, span]]))).has(projectId);
  };

  test('is nothing while the switch was never turned, nor a day after tracing is on again', async () => {
    expect(await mustJudge(T)).toBe(false);
    await rig.turn(false, T + 1);
    await rig.turn(true, T + HOUR);
    expect(await mustJudge(T + 24 * HOUR)).toBe(true);
    expect(await mustJudge(T + 26 * HOUR)).toBe(false);
    expect(await mustJudge(T + 30 * HOUR, randomUUID())).toBe(false);
  });

  test('is also what came before the turn: it may stand in one batch with what came after', async () => {
    await rig.turn(false, T);
    expect(await mustJudge(T - HOUR)).toBe(true);
  });

  test('is everything while tracing is off', async () => {
    await rig.turn(false, T);
    expect(await mustJudge(T + 1_000 * HOUR)).toBe(true);
  });
});

test('a turn made by another process counts for the next entry at once', async () => {
  for (let round = 0; round < 20; round += 1) {
    const startMs = T + round * 100;
    expect(await store([randomUUID(), startMs])).toEqual([]);
    await rig.turn(false, startMs + 10);
    const trace = randomUUID();
    expect(await store([trace, startMs + 10])).toEqual([trace]);
    await rig.turn(true, startMs + 20);
  }
});

test('a turn that is older than what was asked last counts for entries after it', async () => {
  expect(await store([randomUUID(), T])).toEqual([]);
  await rig.turn(false, T - MINUTE);
  await rig.turn(true, T - MINUTE / 2);
  const trace = randomUUID();
  expect(await store([randomUUID(), T + 1], [trace, T - MINUTE + 1])).toEqual([trace]);
});
