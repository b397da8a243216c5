import { expect, test } from '@jest/globals';
import { TracingSwitch } from './tracing-switch.ts';

const config = (version: number, enabled: boolean, full?: boolean): string =>
  JSON.stringify({ version, enabled, full });

test('is on before anything is known, and stays as it was when keys are absent', () => {
  const tracing = new TracingSwitch();
  expect(tracing.enabled).toBe(true);
  tracing.applyKeys(config(3, false), 'false');
  tracing.applyKeys(null, null);
  expect([tracing.enabled, tracing.version]).toEqual([false, 3]);
});

test('follows higher versions only, whatever brings them', () => {
  const tracing = new TracingSwitch();
  tracing.applyKeys(config(5, false), 'false');
  tracing.applyKeys(config(4, true), 'true');
  tracing.applyAnswer({ config_version: 5, tracing_enabled: true });
  expect(tracing.enabled).toBe(false);
  tracing.applyAnswer({ config_version: 6, tracing_enabled: true });
  expect([tracing.enabled, tracing.version]).toEqual([true, 6]);
  tracing.applyKeys(null, 'false');
  expect(tracing.enabled).toBe(true);
});

test('obeys the bare key of a server that writes no configuration', () => {
  const tracing = new TracingSwitch();
  tracing.applyKeys(null, 'false');
  expect(tracing.enabled).toBe(false);
});

test('follows "full" without a new version', () => {
  const tracing = new TracingSwitch();
  tracing.applyKeys(config(2, true, true), null);
  expect(tracing.full).toBe(true);
  tracing.applyKeys(config(2, true, false), null);
  expect(tracing.full).toBe(false);
});

test('takes what the stream may hold from the configuration, and keeps it', () => {
  const tracing = new TracingSwitch();
  expect(tracing.maxBytes).toBeUndefined();
  tracing.applyKeys('{"version":2,"enabled":true,"max_bytes":1000}', null);
  tracing.applyKeys('{"version":2,"enabled":true,"max_bytes":2000}', null);
  tracing.applyKeys('{"version":2,"enabled":true,"max_bytes":"many"}', null);
  tracing.applyKeys('{"version":2,"enabled":true,"max_bytes":0}', null);
  tracing.applyKeys(config(3, true), null);
  expect(tracing.maxBytes).toBe(2000);
});

test('takes no notice of what a newer server says besides', () => {
  const tracing = new TracingSwitch();
  tracing.applyKeys('{"version":2,"enabled":false,"require_signature":true,"of_tomorrow":{}}', 'false');
  expect([tracing.enabled, tracing.version, tracing.full]).toEqual([false, 2, false]);
});

test('takes the known version told again as news, and an older one not', () => {
  const tracing = new TracingSwitch();
  tracing.applyKeys(config(5, true), null);
  const isNews = [6, 5, 4].map((version) =>
    tracing.isNews(JSON.stringify({ project_id: 'p', version }), 'p'),
  );
  expect(isNews).toEqual([true, true, false]);
});

test('ignores nonsense and news of other projects', () => {
  const tracing = new TracingSwitch();
  for (const text of [
    '',
    '{',
    '[]',
    '7',
    'null',
    '{"version":"9","enabled":false}',
    '{"version":1.5,"enabled":false}',
  ]) {
    tracing.applyKeys(text, 'maybe');
  }
  tracing.applyAnswer('hello');
  expect([tracing.enabled, tracing.version]).toEqual([true, 0]);
  expect(tracing.isNews('{"project_id":"p","version":1}', 'p')).toBe(true);
  expect(tracing.isNews('{"project_id":"q","version":1}', 'p')).toBe(false);
  expect(tracing.isNews('nonsense', 'p')).toBe(false);
});
