import { describe, expect, it } from '@jest/globals';

import type { PayloadKind } from '../api/model.ts';
import { inspectorTabs } from './inspector-tabs.ts';
import { refreshEveryMs } from './trace-refresh.ts';
import { at, observation, traceSummary } from '../../testing/observations.ts';

function names(kinds: PayloadKind[], type: string | null): string[] {
  return inspectorTabs(
    kinds.map((kind) => ({ kind, bytes: 1 })),
    type,
  ).map(({ name }) => name);
}

describe('the tabs of a step', () => {
  it('begin with the state where one was recorded after the step', () => {
    expect(names(['input', 'output', 'state_after'], 'CHAIN')).toEqual([
      'state',
      'input',
      'output',
      'details',
    ]);
  });

  it('show a state from what the node returned, but none for a model or tool call', () => {
    expect(names(['input', 'output'], 'AGENT')[0]).toBe('state');
    expect(names(['input', 'output'], 'GENERATION')[0]).toBe('input');
    expect(names(['input', 'output'], 'TOOL')).not.toContain('state');
  });

  it('show only what exists', () => {
    expect(names(['input', 'error'], 'CHAIN')).toEqual(['input', 'error', 'details']);
    expect(names([], 'SPAN')).toEqual(['details']);
  });
});

describe('the pace of a trace page', () => {
  const NOW = Date.parse(at(10_000));
  const running = observation('a', null, { status: 'running', end_time: null });

  it('is every second while it runs, less often when it is very large', () => {
    const trace = traceSummary('t', { status: 'running', end_time: null });
    expect(refreshEveryMs({ trace, observations: [running] }, NOW)).toBe(1_000);
    expect(refreshEveryMs({ trace, observations: Array.from({ length: 2_001 }, () => running) }, NOW)).toBe(
      3_000,
    );
  });

  it('stays quick for a minute after the end while a step still seems to run', () => {
    const trace = traceSummary('t', { status: 'ok', end_time: at(9_000) });
    expect(refreshEveryMs({ trace, observations: [running] }, NOW)).toBe(1_000);
    expect(refreshEveryMs({ trace, observations: [running] }, NOW + 60_000)).toBe(15_000);
    expect(refreshEveryMs({ trace, observations: [observation('a', null)] }, NOW)).toBe(15_000);
  });
});
