import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { SwitchedOffPruning } from '../../src/tracing-config/switched-off-pruning.ts';
import type { JobScheduler } from '../../src/database/job-scheduler.ts';
import { eventually } from '../harness/eventually.ts';
import { sharedRedisUrl } from '../harness/services.ts';
import { EnforcementRig } from './enforcement-rig.ts';

const T = Date.parse('2026-01-01T12:00:00Z');
const ROUNDS = 40;
const TRACES = 30;

let rig: EnforcementRig;
beforeEach(async () => {
  rig = await EnforcementRig.start();
});
afterEach(() => rig.close());

/** Small, seeded and good enough: which of two writers gets which entries, in which order. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Traces that one writer stored and the other dropped. */
const disagreements = (): Promise<unknown> =>
  rig.dataSource.query(
    `SELECT t.id FROM traces t JOIN switched_off_traces o ON o.project_id = t.project_id AND o.trace_id = t.id`,
  );

test('two writers that meet at a turn agree about every trace, whoever is first', async () => {
  const writers = [rig.replica(), rig.replica()] as const;
  const random = randomFrom(7);
  for (let round = 0; round < ROUNDS; round += 1) {
    const startMs = T + round * 1_000;
    await rig.turn(false, startMs + 500);
    // Each trace begins before the turn or after it, and goes on until after tracing is on again.
    const batches: [string, number][][] = [[], []];
    for (let trace = 0; trace < TRACES; trace += 1) {
      const id = randomUUID();
      const firstMs = startMs + Math.floor(random() * 900);
      for (const at of [firstMs, firstMs + 40, startMs + 990])
        batches[random() < 0.5 ? 0 : 1]?.push([id, at]);
    }
    await Promise.all(
      writers.map((writer, index) =>
        rig.store(
          writer,
          (batches[index] ?? []).map(([id, ms]) => rig.moment(id, ms)),
        ),
      ),
    );
    expect(await disagreements()).toEqual([]);
    await rig.turn(true, startMs + 999);
    const ids = [...new Set(batches.flat().map(([id]) => id))];
    const after = (writer: (typeof writers)[number]): Promise<string[]> =>
      rig.store(
        writer,
        ids.map((id) => rig.moment(id, startMs + 999)),
      );
    const [one, other] = await Promise.all(writers.map(after));
    expect(one).toEqual(other);
  }
});

/** The statements made from now on. */
function watchQueries(): string[] {
  const queries: string[] = [];
  const { query } = rig.dataSource;
  rig.dataSource.query = ((sql: string, parameters?: unknown[]) => {
    queries.push(sql);
    return query.call(rig.dataSource, sql, parameters);
  }) as typeof query;
  return queries;
}

test('the switches of all active projects cost one small query for new entries, and none for the same', async () => {
  const { histories } = rig.replicaWithHistories();
  const ids = [rig.projectId, ...Array.from({ length: 20 }, () => randomUUID())];
  const readAll = (ms: number): Promise<unknown> =>
    Promise.all(ids.map((id, index) => histories.of(id, ms + index)));
  await readAll(T);
  const queries = watchQueries();
  await readAll(T + 1_000);
  expect(queries).toHaveLength(1);
  await readAll(T + 1_000);
  expect(queries).toHaveLength(1);
});

test('with Redis\u2019 time known, entries of a backlog cost no query', async () => {
  const redis = new Redis(sharedRedisUrl());
  const { histories } = rig.replicaWithHistories(redis);
  const queries = watchQueries();
  let ms = T;
  await eventually(
    async () => {
      const before = queries.length;
      for (let entry = 0; entry < 10; entry += 1) await histories.of(rig.projectId, (ms += 1));
      return queries.length - before;
    },
    (made) => made === 0,
  );
  redis.disconnect();
});

test('what is remembered is forgotten after a day, and of one project only so much is kept', async () => {
  const scheduler: Pick<JobScheduler, 'add'> = { add: () => undefined };
  const clockAt = (ms: number) => ({ nowMs: () => ms, now: () => new Date(ms) });
  const prune = (ms: number, most: number): Promise<void> =>
    new SwitchedOffPruning(rig.dataSource, scheduler, clockAt(ms)).run(new AbortController().signal, most);
  await rig.turn(false, T);
  const ids = Array.from({ length: 10 }, () => randomUUID());
  for (const [index, id] of ids.entries()) {
    const { enforcement } = rig.replicaWithHistories(undefined, clockAt(T + index * 1_000));
    expect(await rig.store(enforcement, [rig.moment(id, T + index)])).toEqual([id]);
  }
  await prune(T + 10_000, 100);
  expect(await rig.remembered()).toHaveLength(10);
  await prune(T + 24 * 3_600_000 + 2_500, 100);
  expect(await rig.remembered()).toEqual(ids.slice(3).sort());
  await prune(T + 10_000, 5);
  expect(await rig.remembered()).toEqual(ids.slice(5).sort());
});
