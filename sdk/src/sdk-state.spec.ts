import { describe, expect, test } from '@jest/globals';
import { getCurrentTraceId, traced } from './index.ts';
import { LangChainRuns } from './langchain/langchain-runs.ts';
import { findOrMakeState, sdkState } from './sdk-state.ts';

const LANGCHAIN_STORAGE = Symbol.for('ls:tracing_async_local_storage');

describe('the state of the SDK', () => {
  test('is shared by copies of one version, and another version has its own and says so once', () => {
    const home = {};
    const lines: string[] = [];
    const stateOf = (version: string) =>
      findOrMakeState({ version, homes: [home], warn: (line) => lines.push(line) });
    const first = stateOf('1.0.0');
    expect(stateOf('1.0.0')).toBe(first);
    expect(lines).toEqual([]);
    const other = stateOf('1.1.0');
    expect(other).not.toBe(first);
    expect(stateOf('1.1.0')).toBe(other);
    expect(stateOf('1.0.0')).toBe(first);
    expect(lines).toEqual([expect.stringMatching(/1\.0\.0 and 1\.1\.0.*npm ls swisper-studio/)]);
  });

  test('is kept elsewhere where the globals are frozen, and says so where it cannot be kept', () => {
    const lines: string[] = [];
    const stateIn = (...homes: object[]) =>
      findOrMakeState({ version: '1.0.0', homes, warn: (line) => lines.push(line) });
    const second = {};
    expect(stateIn(Object.freeze({}), second)).toBe(stateIn(Object.freeze({}), second));
    expect(lines).toEqual([]);
    stateIn(Object.freeze({}));
    expect(lines).toEqual([expect.stringContaining('Import swisper-studio before')]);
  });
});

test('a storage of LangChain that throws does not reach the host', () => {
  const getStore = (): never => {
    throw new Error('not now');
  };
  const runs = new LangChainRuns();
  const about = { call: undefined, context: undefined, ambient: undefined, parent: undefined };
  runs.add({ ...about, runId: 'run', isTracedGraph: false, metadata: undefined });
  sdkState().langChainRuns = runs;
  Reflect.set(globalThis, LANGCHAIN_STORAGE, { getStore });
  try {
    expect(getCurrentTraceId()).toBeUndefined();
    expect(traced('f', () => 1)()).toBe(1);
  } finally {
    Reflect.deleteProperty(globalThis, LANGCHAIN_STORAGE);
    delete sdkState().langChainRuns;
  }
});
