import { describe, expect, test } from '@jest/globals';
import { observationStatus, type TraceFacts, traceLevel, traceStatus } from './trace-status.ts';

const fresh: TraceFacts = {
  hasEnd: false,
  reportedStatus: null,
  ownLevel: null,
  observationLevel: null,
  roots: 2,
  openRoots: 1,
  failedRoots: 0,
  interruptedRoots: 0,
  idleMs: 0,
  isInstanceGone: false,
};
const MINUTE = 60_000;

describe('status of a trace', () => {
  test.each<[string, Partial<TraceFacts>, string]>([
    ['is running without an end', {}, 'running'],
    [
      'is running while observations are open, however long that takes within the hour',
      { idleMs: 59 * MINUTE },
      'running',
    ],
    ['is ok after its end', { hasEnd: true }, 'ok'],
    ['is an error after an end with level ERROR', { hasEnd: true, ownLevel: 'ERROR' }, 'error'],
    ['is an error when it says so', { hasEnd: true, reportedStatus: 'error' }, 'error'],
    ['waits for a person after an interrupt', { hasEnd: true, reportedStatus: 'interrupted' }, 'interrupted'],
    [
      'is incomplete when it says that it was left',
      { hasEnd: true, reportedStatus: 'incomplete' },
      'incomplete',
    ],
    [
      'is ok although a step failed, when its own end is fine',
      { hasEnd: true, failedRoots: 1, observationLevel: 'ERROR' },
      'ok',
    ],
    ['is not ended before its roots were idle for a minute', { openRoots: 0, idleMs: MINUTE - 1 }, 'running'],
    ['is inferred ended after that', { openRoots: 0, idleMs: MINUTE }, 'ok'],
    ['is inferred failed when a root failed', { openRoots: 0, idleMs: MINUTE, failedRoots: 1 }, 'error'],
    ['is inferred interrupted', { openRoots: 0, idleMs: MINUTE, interruptedRoots: 1 }, 'interrupted'],
    ['has nothing to infer from without observations', { roots: 0, openRoots: 0, idleMs: MINUTE }, 'running'],
    ['is incomplete after an hour of nothing', { idleMs: 60 * MINUTE }, 'incomplete'],
    ['is incomplete when its instance is gone', { idleMs: MINUTE, isInstanceGone: true }, 'incomplete'],
    [
      'is not given up while its last entries may still be on the way',
      { idleMs: MINUTE - 1, isInstanceGone: true },
      'running',
    ],
    [
      'stays ended when its instance is gone',
      { hasEnd: true, isInstanceGone: true, idleMs: 99 * MINUTE },
      'ok',
    ],
  ])('%s', (_, facts, status) => {
    expect(traceStatus({ ...fresh, ...facts })).toBe(status);
  });
});

test('the level of a trace is the most severe of its own and its observations\u2019', () => {
  expect(traceLevel({ ownLevel: 'DEBUG', observationLevel: 'WARNING' })).toBe('WARNING');
  expect(traceLevel({ ownLevel: 'ERROR', observationLevel: null })).toBe('ERROR');
  expect(traceLevel({ ownLevel: null, observationLevel: null })).toBe('DEFAULT');
});

test.each([
  [{ hasEnd: false, reportedStatus: null, level: null }, 'running', 'running'],
  [{ hasEnd: false, reportedStatus: null, level: 'ERROR' }, 'ok', 'incomplete'],
  [{ hasEnd: true, reportedStatus: null, level: 'ERROR' }, 'running', 'error'],
  [{ hasEnd: true, reportedStatus: 'error', level: null }, 'ok', 'error'],
  [{ hasEnd: true, reportedStatus: 'interrupted', level: 'DEFAULT' }, 'ok', 'interrupted'],
  [{ hasEnd: true, reportedStatus: 'incomplete', level: 'WARNING' }, 'ok', 'incomplete'],
  [{ hasEnd: true, reportedStatus: null, level: 'WARNING' }, 'ok', 'ok'],
] as const)('an observation with %j in a trace that is %s is %s', (facts, ofTrace, status) => {
  expect(observationStatus(facts, ofTrace)).toBe(status);
});
