import { describe, expect, test } from '@jest/globals';
import { EventBuffer } from '../delivery/event-buffer.ts';
import { EventRecorder, type Payloads } from '../recording/event-recorder.ts';
import { type Mask } from './masking.ts';
import { PayloadCapture } from '../payloads/payload-capture.ts';
import { type ResolvedPrivacy } from './privacy-options.ts';

const projectId = '0d7aa606-cb29-4a31-8a59-50fa61151a32';
const ids = { trace_id: 't', observation_id: 'o' };
type Event = Parameters<EventRecorder['record']>;

/** A recorder with its buffer, and what it said. */
function observed(privacy: Partial<ResolvedPrivacy>, maxFieldBytes = 64 * 1024) {
  const warnings: string[] = [];
  const logger = {
    info: () => undefined,
    warn: (line: string) => warnings.push(line),
    error: () => undefined,
  };
  const defaults = { mask: undefined, redact: [], captureInput: true, captureOutput: true, sampleRate: 1 };
  const capture = new PayloadCapture({ ...defaults, ...privacy, maxFieldBytes, logger });
  const buffer = new EventBuffer({ maxBytes: 1e7, maxEventBytes: 1e6, instanceId: 'i' });
  const recorder = new EventRecorder({
    ...{ capture, buffer, maxEventBytes: 1e6 },
    ...{ refusal: () => undefined, notify: () => undefined },
  });
  const record = (type: Event[1], fields: Event[2], payloads: Payloads): Record<string, unknown>[] => {
    recorder.record(projectId, type, { ...ids, ...fields }, payloads);
    return (buffer.take(0)?.events ?? []).map(({ header, payload }) => {
      const event: Record<string, unknown> = { ...header };
      for (let sent = payload; sent !== undefined; sent = sent.next)
        event[sent.kind] = JSON.parse(sent.json.text) as unknown;
      return event;
    });
  };
  return { recorder, record, warnings, buffer };
}

const stars: Mask = (value) => JSON.parse(JSON.stringify(value).replaceAll('hunter2', '*******')) as unknown;

describe('the mask', () => {
  test('is asked about payloads, errors, messages, parameters and unknown fields, of every type of event', () => {
    const asked: string[] = [];
    const mask: Mask = (value, about) => {
      asked.push(about.part);
      return stars(value, about);
    };
    const { record } = observed({ mask });
    const secret = { a: ['hunter2'] };
    const payloads = {
      input: secret,
      output: secret,
      state_after: secret,
      meta: secret,
      error: new Error('hunter2'),
    };
    for (const type of ['trace_start', 'observation_end', 'observation_error', 'trace_update'] as const) {
      const fields = {
        name: 'n',
        status_message: 'hunter2 failed',
        model_parameters: secret,
        note: 'hunter2',
      };
      const [event] = record(type, fields, payloads);
      expect(JSON.stringify(event)).not.toContain('hunter2');
      expect(event).toMatchObject({ ...ids, input: { a: ['*******'] }, status_message: '******* failed' });
    }
    const parts = [
      'error',
      'input',
      'meta',
      'model_parameters',
      'note',
      'output',
      'state_after',
      'status_message',
    ];
    expect([...new Set(asked)].sort()).toEqual(parts);
  });

  test('gets a copy: what it changes in place is recorded, and the application keeps its own', () => {
    const mask: Mask = (value) => Object.assign(value as object, { password: '***' });
    const { record } = observed({ mask });
    const input = Object.freeze({ password: 'hunter2', when: new Date(0) });
    expect(record('observation_start', {}, { input })).toMatchObject([
      { input: { password: '***', when: '1970-01-01T00:00:00.000Z' } },
    ]);
    expect(input.password).toBe('hunter2');
  });

  test('sees a value before it is cut to size', () => {
    const mask: Mask = (value) => JSON.stringify(value).length;
    const { record } = observed({ mask }, 2048);
    expect(record('observation_end', {}, { output: 'x'.repeat(100_000) })).toMatchObject([
      { output: 100_002 },
    ]);
  });

  test('is asked once about a state that several events carry', () => {
    let asked = 0;
    const { recorder, record } = observed({ mask: () => (asked += 1) });
    const state = recorder.jsonText({ a: 1 }, 'state');
    record('observation_start', {}, { input: state });
    record('observation_end', {}, { state_after: state });
    expect(asked).toBe(1);
  });

  test('also hides what was cut before: no text is cut in two, and no path tells a key it took away', () => {
    let deep: unknown = 1;
    for (let depth = 0; depth < 80; depth += 1) deep = { a: deep };
    const texts = Array.from({ length: 40 }, () => `${'y'.repeat(195)}hunter2${'y'.repeat(700)}`);
    const mask: Mask = (value, about) =>
      Object.fromEntries(Object.entries(stars(value, about) ?? {}).slice(1));
    const { record } = observed({ mask }, 1024);
    const [event] = record('observation', { name: 'n' }, { input: { hunter: deep, deep, texts } });
    expect(JSON.stringify(event)).not.toMatch(/hunt/);
    expect(JSON.stringify(event?.['cuts'])).toContain('"$.deep.a.a');
  });

  const fail = (): never => {
    throw new Error('hunter2');
  };
  const throwing: Mask = fail;
  const rejecting: Mask = () => Promise.reject(new Error('hunter2'));
  test.each([
    ['throws', throwing, 'mask_failed'],
    ['returns a promise', rejecting, 'mask_async'],
    ['returns something with a then', () => ({ then: () => undefined }), 'mask_async'],
    ['returns nothing', () => undefined, 'mask_empty'],
    ['returns a proxy that throws', () => new Proxy({}, { get: fail }), 'mask_failed'],
  ] as const)(
    'that %s leaves out the value and keeps the event, with one warning',
    async (_, mask, reason) => {
      const { record, warnings } = observed({ mask });
      const payloads = { input: 'hunter2', output: { b: 'hunter2' } };
      const [event] = record('observation', { name: 'n', status_message: 'hunter2' }, payloads);
      const left = { $cut: { path: '$', bytes: null, reason } };
      expect(event).toMatchObject({
        name: 'n',
        input: left,
        output: left,
        status_message: '[not shown: the mask failed]',
      });
      expect(event?.['cuts']).toEqual([
        { kind: 'input', path: '$', bytes: null },
        { kind: 'output', path: '$', bytes: null },
      ]);
      expect(JSON.stringify(event) + warnings.join()).not.toContain('hunter2');
      expect(warnings).toHaveLength(1);
      // An unhandled rejection would fail the run.
      await new Promise((resolve) => setImmediate(resolve));
    },
  );

  test('that calls traced code is not asked about that code, without end', () => {
    let depth = 0;
    const { recorder, record } = observed({
      mask: (value) => {
        depth += 1;
        recorder.record(projectId, 'observation_start', { ...ids, name: 'inner' }, { input: value });
        return 'masked';
      },
    });
    const events = record('trace_start', {}, { input: 'hunter2' });
    expect(depth).toBe(1);
    expect(events).toHaveLength(2);
    expect(JSON.stringify(events)).not.toContain('hunter2');
  });
});

describe('what is not captured', () => {
  const values = (): { payloads: Payloads; reads: () => number } => {
    let reads = 0;
    const value = {
      get read(): number {
        return (reads += 1);
      },
    };
    return { payloads: { input: value, output: value, state_after: value }, reads: () => reads };
  };

  test.each([
    [{ captureInput: false }, ['output'], 1],
    [{ captureOutput: false }, ['input'], 1],
    [{ captureInput: false, captureOutput: false }, [], 0],
  ] as const)('with %j only %j is sent, and the rest is not even read', (privacy, kept, readTimes) => {
    const { record } = observed(privacy);
    const { payloads, reads } = values();
    const [event = {}] = record('observation', { name: 'n' }, payloads);
    expect(Object.keys(event).filter((key) => key in payloads)).toEqual(kept);
    expect(reads()).toBe(readTimes);
  });

  test('an update of which nothing is left is no event', () => {
    const { record, buffer } = observed({ captureInput: false });
    expect(record('observation_update', { timestamp: 'now' }, { input: 1 })).toEqual([]);
    expect(buffer.counters(projectId, 0).accepted).toBe(0);
    expect(record('observation_update', { timestamp: 'now', level: 'ERROR' }, { input: 1 })).toHaveLength(1);
  });
});

test('patterns are redacted after the mask, in payloads and in header fields that hold values', () => {
  const { record } = observed({ mask: () => ({ mail: 'joe@example.org' }), redact: ['emails'] });
  expect(record('observation_end', { name: 'joe@example.org' }, { output: 1 })).toMatchObject([
    { name: 'joe@example.org', output: { mail: '[redacted:email]' } },
  ]);
  const plain = observed({ redact: ['emails', 'secretFields'] });
  const fields = { status_message: 'no joe@example.org', model_parameters: { api_key: 'x', n: 1 } };
  expect(plain.record('observation_end', fields, { error: new Error('joe@example.org') })).toMatchObject([
    {
      status_message: 'no [redacted:email]',
      model_parameters: { api_key: '[redacted:secret]', n: 1 },
      error: { message: '[redacted:email]' },
    },
  ]);
});
