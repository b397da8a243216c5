import { expect, test } from '@jest/globals';
import { BufferedEvent } from './buffered-event.ts';
import { type Batch, EventBuffer } from './event-buffer.ts';
import { ProjectAccounts } from './project-accounts.ts';

/** More than are remembered. */
const MANY = 12_000;
/** More than are ever remembered. */
const VERY_MANY = 25_000;

const bufferOf = (maxBytes: number): EventBuffer =>
  new EventBuffer({ maxBytes, maxEventBytes: 1e6, instanceId: 'process', projectId: 'own' });

const add = (buffer: EventBuffer, projectId: string): boolean =>
  buffer.add(new BufferedEvent(projectId, { event_type: 'trace_start', trace_id: 't' }, 60));

const sendAll = (buffer: EventBuffer): Batch[] => {
  const batches: Batch[] = [];
  for (let batch = buffer.take(0); batch !== undefined; batch = buffer.take(0)) {
    buffer.release(batch);
    batches.push(batch);
  }
  return batches;
};

test('a program may publish for any number of projects: accounts go, and no number is ever used twice', () => {
  const buffer = bufferOf(1e6);
  const batches: Batch[] = [];
  for (let i = 0; i < 3 * MANY; i += 1) {
    add(buffer, `project ${String(i % MANY)}`);
    if (i % 1000 === 0) add(buffer, 'own');
    batches.push(...sendAll(buffer));
  }
  const numbers = batches.map(({ projectId, instanceId, seq }) => [projectId, instanceId, seq].join());
  expect(new Set(numbers).size).toBe(numbers.length);
  expect(batches.filter(({ counters, seq }) => counters.accepted !== seq)).toEqual([]);
  const instancesOf = (id: string) =>
    batches.filter(({ projectId }) => projectId === id).map(({ instanceId }) => instanceId);
  expect(new Set(instancesOf('project 0')).size).toBe(3);
  expect(new Set(instancesOf('own'))).toEqual(new Set(['process']));
  expect(buffer.counters('own', 0).accepted).toBe((3 * MANY) / 1000);
});

test('of a project that waits, or whose drops were not told, the account stays', () => {
  const buffer = bufferOf(1e6);
  add(buffer, 'in flight');
  const inFlight = buffer.take(0);
  add(buffer, 'waits');
  buffer.refuse('untold', 'invalid');
  for (let i = 0; i < MANY; i += 1) buffer.counters(`project ${String(i)}`, 0);
  const acceptedOf = (id: string): number => buffer.counters(id, 0).accepted;
  expect(['in flight', 'waits', 'untold'].map(acceptedOf)).toEqual([1, 1, 1]);
  const next = buffer.take(0);
  expect([inFlight, next]).toMatchObject([
    { instanceId: 'process', seq: 1 },
    { projectId: 'waits', instanceId: 'process', seq: 1 },
  ]);
});

test('what is known of projects is bounded, whatever became of their events', () => {
  const accounts = new ProjectAccounts('process');
  const first = accounts.of('project 0');
  for (let i = 1; i < VERY_MANY; i += 1) accounts.of(`project ${String(i)}`).drop('buffer_full');
  expect(accounts.of('project 0')).not.toBe(first);
});
