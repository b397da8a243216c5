import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { initializeRedisPublisher, initializeTracing, shutdown } from './index.ts';
import { type SdkLogger } from './log.ts';
import { resolveOptions } from './options.ts';
import { REDACT_PATTERNS } from './privacy/privacy-patterns.ts';

const projectId = '0d7aa606-cb29-4a31-8a59-50fa61151a32';
const redisUrl = 'redis://127.0.0.1:1';

const fail = (): never => {
  throw new Error('hunter2');
};
const throwingGetters = (): object => {
  const options = {};
  for (const name of [
    'apiUrl',
    'projectId',
    'mask',
    'logger',
    'captureInput',
    'sampleRate',
    'redact',
    'unknown',
  ])
    Object.defineProperty(options, name, { enumerable: true, get: fail });
  return options;
};
const revoked = (): object => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
};

/** What programs without types may pass. */
const HOSTILE: readonly (readonly [string, () => unknown])[] = [
  ['null', () => null],
  ['a text', () => 'redis://'],
  ['a number', () => 7],
  ['a function', () => fail],
  ['an array', () => [projectId]],
  ['a symbol', () => Symbol('s')],
  ['getters that throw', throwingGetters],
  ['a proxy that throws for everything', () => new Proxy({}, { get: fail, has: fail, ownKeys: fail })],
  ['a revoked proxy', revoked],
  ['a proxy that answers everything with itself', () => {
    const all: object = new Proxy({}, { get: () => all });
    return all;
  }],
  ['an object of all wrong types', () => ({
    ...{ apiUrl: 1, apiKey: {}, projectId: [], redisUrl: Symbol('s'), enabled: {}, verifyConnectivity: 'maybe' },
    ...{ environment: 7n, version: fail, heartbeatIntervalSeconds: Number.NaN, streamName: '', maxStreamLength: -1 },
    ...{ logger: { info: 1 }, maxFieldBytes: '1', maxEventBytes: Infinity, maxBufferBytes: {}, mask: 'x' },
    ...{ redact: new Proxy([], { get: fail }), captureInput: 2, captureOutput: 'perhaps', sampleRate: '150%' },
  })],
  ['a logger that throws', () => ({ projectId: 'wrong', logger: { info: fail, warn: fail, error: fail } })],
  ['a redact list without end', () => ({ redact: Object.assign([], { length: 4_294_967_295 }) })],
]; // prettier-ignore

const readyLogger = (): { lines: string[]; logger: SdkLogger } => {
  const lines: string[] = [];
  const keep = (line: string): void => void lines.push(line);
  return { lines, logger: { info: keep, warn: keep, error: keep } };
};

afterEach(async () => {
  jest.restoreAllMocks();
  await shutdown(100);
});

describe('whatever is given as options', () => {
  test.each(HOSTILE)('%s: nothing is thrown, and there is at most one warning', (_, make) => {
    const warn = jest.spyOn(console, 'warn').mockImplementation(() => undefined);
    for (const initialize of [initializeTracing, initializeRedisPublisher]) {
      warn.mockClear();
      expect(() => {
        Reflect.apply(initialize, undefined, [make()]);
      }).not.toThrow();
      expect(warn.mock.calls.length).toBeLessThanOrEqual(1);
      expect(JSON.stringify(warn.mock.calls)).not.toContain('hunter2');
    }
  });

  test.each(HOSTILE)('%s: what is resolved can be used, whatever else was right', (_, make) => {
    const { options, problems } = resolveOptions(make(), {});
    expect(problems.length).toBeGreaterThan(0);
    expect(options).toMatchObject({
      ...{ heartbeatIntervalSeconds: 60, streamName: 'observability:events', maxStreamLength: 1_000_000 },
      ...{ environment: 'production', maxFieldBytes: 262_144, maxEventBytes: 1_048_576, sampleRate: 1 },
    });
    for (const level of ['info', 'warn', 'error'] as const)
      expect(typeof options.logger[level]).toBe('function');
  });

  test('one wrong option is one warning that names it, and the rest goes on', () => {
    const { lines, logger } = readyLogger();
    initializeTracing({ projectId, redisUrl, logger, sampleRate: 7 });
    expect(lines).toEqual([
      '⚠️ SwisperStudio: sampleRate is not a number from 0 to 1, so every trace is recorded. Going on with the rest',
      '✅ SwisperStudio tracing initialized',
      expect.stringContaining('URL') as unknown,
      `   Project ID: ${projectId}`,
    ]);
  });

  test.each([
    ['sampleRate', 1],
    ['heartbeatIntervalSeconds', 60],
    ['maxStreamLength', 1_000_000],
  ])('a blank text is no number, not even 0: %s', (name, fallback) => {
    for (const blank of ['', ' ']) {
      const { options, problems } = resolveOptions({ projectId, redisUrl, [name]: blank }, {});
      expect(options).toMatchObject({ [name]: fallback });
      expect(problems).toEqual([expect.stringContaining(`${name} is not a number`)]);
    }
  });

  test.each([
    [{ redisUrl: 'redis' }, 'redisUrl is not a redis:// or rediss:// URL'],
    [{}, 'neither redisUrl nor apiUrl and apiKey are given, so no events are sent'],
  ])('with no way for events tracing is off, and the log says why: %j', (given, problem) => {
    const { lines, logger } = readyLogger();
    initializeTracing({ projectId, logger, ...given });
    expect(lines).toEqual([`⚠️ SwisperStudio: ${problem}. Tracing is off`]);
  });

  test('a publisher that is given a key says once that it signs nothing', () => {
    const { lines, logger } = readyLogger();
    const options = { redisUrl, logger, apiKey: 'sws_hunter2' };
    initializeRedisPublisher(options);
    expect(lines).toEqual([
      '⚠️ SwisperStudio: apiKey signs nothing here: that takes initializeTracing. Going on with the defaults',
    ]);
  });

  test('an option that does not exist is named', () => {
    const { problems } = resolveOptions({ projectId, redisUrl, sampelRate: 0.5 }, {});
    expect(problems).toEqual(['there is no option "sampelRate"']);
  });
});

describe('a wrong privacy option hides more, never less', () => {
  const resolved = (given: object) => resolveOptions({ projectId, redisUrl, ...given }, {});

  test.each([{ redact: ['email'] }, { redact: 7 }, { redact: 'keys,mail' }, { redact: [fail] }])(
    '%j redacts everything',
    (given) => {
      const { options, problems } = resolved(given);
      expect(options.redact).toEqual(REDACT_PATTERNS);
      expect(problems).toHaveLength(1);
    },
  );

  test('a mask that is no function leaves out every payload', () => {
    const { options, problems } = resolved({ mask: { replace: 'x' } });
    expect(() => options.mask?.('value', { part: 'input' })).toThrow();
    expect(problems).toEqual(['mask is not a function, so all payloads are left out']);
  });

  test('a capture option that is neither true nor false captures nothing', () => {
    const { options, problems } = resolved({ captureInput: 'maybe', captureOutput: 1 });
    expect(options).toMatchObject({ captureInput: false, captureOutput: false });
    expect(problems).toHaveLength(2);
  });
});

test('privacy options come from the environment, for programs that only publish as well', () => {
  const env = {
    SWISPER_STUDIO_REDACT: 'keys, emails',
    SWISPER_STUDIO_CAPTURE_INPUT: 'no',
    SWISPER_STUDIO_CAPTURE_OUTPUT: '0',
    SWISPER_STUDIO_SAMPLE_RATE: '0.25',
    SWISPER_STUDIO_MAX_FIELD_BYTES: '2048',
    SWISPER_STUDIO_MAX_EVENT_BYTES: '4096',
    SWISPER_STUDIO_MAX_BUFFER_BYTES: '100000',
  };
  const { options, problems } = resolveOptions({ projectId, redisUrl }, env);
  expect(problems).toEqual([]);
  expect(options).toMatchObject({
    ...{ redact: ['keys', 'emails'], captureInput: false, captureOutput: false, sampleRate: 0.25 },
    ...{ maxFieldBytes: 2048, maxEventBytes: 4096, maxBufferBytes: 100_000 },
  });
  expect(resolveOptions({ projectId, redisUrl, redact: 'all' }, env).options.redact).toEqual(REDACT_PATTERNS);
});
