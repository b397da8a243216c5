import { expect, test } from '@jest/globals';
import { streamStateOf } from '../accounting/stream-state-decoder.ts';
import { type PipelineFacts, warningsOf } from './pipeline-warnings.ts';

const NOW = new Date('2026-11-21T12:00:00Z');
const SAFE = '# Persistence\r\naof_enabled:1\r\n# Memory\r\nmaxmemory_policy:noeviction\r\n';

function facts(changes: Partial<PipelineFacts>): PipelineFacts {
  const state = { ...streamStateOf([]), nowMs: NOW.getTime() };
  const none = { accounts: [], unverified: new Set<string>() };
  return {
    state,
    group: 'ours',
    ownConsumers: new Set<string>(),
    redisInfo: SAFE,
    ...none,
    now: NOW,
    ...changes,
  };
}

const codes = (changes: Partial<PipelineFacts>): string[] =>
  warningsOf(facts(changes)).map(({ code }) => code);

test('nothing is said of a Redis that keeps what it has, or that does not say', () => {
  expect(codes({})).toEqual([]);
  expect(codes({ redisInfo: '' })).toEqual([]);
});

test('a Redis that forgets or evicts is named', () => {
  const redisInfo = 'aof_enabled:0\r\nmaxmemory_policy:allkeys-lru\r\n';
  expect(codes({ redisInfo })).toEqual(['redis_no_aof', 'redis_evicts']);
});

test('a foreign consumer is one that read within a minute and that no server says it is', () => {
  const consumers = [
    { name: 'consumer_1', pending: 0, idleMs: 1_000 },
    { name: 'consumer_2', pending: 0, idleMs: 61_000 },
    { name: 'host-12', pending: 0, idleMs: 1_000 },
    { name: 'worker-1', pending: 0, idleMs: 1_000 },
    { name: 'named_here', pending: 0, idleMs: 1_000 },
  ];
  const state = { ...facts({}).state, consumers };
  const warnings = warningsOf(facts({ state, ownConsumers: new Set(['host-12', 'named_here']) }));
  expect(warnings.map(({ message }) => message)).toEqual([
    'Another program, or an older server, reads in our group as consumer_1',
    'Another program, or an older server, reads in our group as worker-1',
  ]);
});

test('missing events are a warning once they have been missing for a minute', () => {
  const account = (missingSince: Date) => ({
    project_id: 'p',
    received: 1,
    stored: 1,
    duplicate: 0,
    unverified: 0,
    rejected: {},
    switched_off: {},
    missing: 3,
    missing_since: missingSince,
  });
  expect(codes({ accounts: [account(new Date(NOW.getTime() - 59_000))] })).toEqual([]);
  expect(codes({ accounts: [account(new Date(NOW.getTime() - 61_000))] })).toEqual(['events_missing']);
});
