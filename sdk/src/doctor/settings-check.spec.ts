import { expect, test } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { createApiKey } from '../contract/index.ts';
import { resolveOptions } from '../options.ts';
import { findingLine } from './report.ts';
import { examineSettings, optionName } from './settings-check.ts';

const { apiKey } = createApiKey(randomBytes);
const complete = {
  SWISPER_STUDIO_URL: 'http://studio:8001',
  SWISPER_STUDIO_API_KEY: apiKey,
  SWISPER_STUDIO_PROJECT_ID: '0d7aa606-cb29-4a31-8a59-50fa61151a32',
  SWISPER_STUDIO_REDIS_URL: 'redis://agent:top-secret@redis:6379/3?family=6',
};
const linesFor = (env: Record<string, string>): string[] =>
  examineSettings(resolveOptions({}, env)).map(findingLine);
const lineOf = (name: string, env: Record<string, string>): string =>
  linesFor(env).find((line) => line.includes(` ${name}: `)) ?? '';

test('every setting that is there is shown, without what is secret', () => {
  const lines = linesFor(complete);
  expect(lines).toEqual([
    '✔ SWISPER_STUDIO_URL: http://studio:8001',
    `✔ SWISPER_STUDIO_API_KEY: ${apiKey.slice(0, 21)}… (the secret is hidden)`,
    '✔ SWISPER_STUDIO_PROJECT_ID: 0d7aa606-cb29-4a31-8a59-50fa61151a32',
    '✔ SWISPER_STUDIO_REDIS_URL: redis://***@redis:6379/3',
  ]);
});

test.each(['URL', 'API_KEY', 'PROJECT_ID', 'REDIS_URL'])('SWISPER_STUDIO_%s missing is an error', (name) => {
  expect(lineOf(`SWISPER_STUDIO_${name}`, {})).toMatch(/^✖ .* is not set.* → ./);
});

test('without Redis, URL and key make events travel over HTTP', () => {
  const { SWISPER_STUDIO_REDIS_URL: _, ...withoutRedis } = complete;
  expect(lineOf('SWISPER_STUDIO_REDIS_URL', withoutRedis)).toMatch(/^✔ .* over HTTP$/);
});

test.each([
  ['SWISPER_STUDIO_URL', 'localhost:8001', /^✖ .* is not a http:\/\/ or https:\/\/ URL → set it to/],
  [
    'SWISPER_STUDIO_REDIS_URL',
    'http://redis:6379',
    /^✖ .* is not a redis:\/\/ or rediss:\/\/ URL → set it to/,
  ],
  ['SWISPER_STUDIO_PROJECT_ID', 'my-agent', /^✖ .* is not a UUID → copy/],
  ['SWISPER_STUDIO_API_KEY', apiKey.slice(0, -1), /^✖ .*lost characters.* → copy the whole key/],
  ['SWISPER_STUDIO_HEARTBEAT_INTERVAL', 'often', /^⚠ .*is not a number from 0 to 86400 → correct it/],
  ['SWISPER_STUDIO_REDACT', 'faces', /^⚠ .* so all of them are redacted → correct it$/],
  ['SWISPER_STUDIO_ENABLED', 'perhaps', /^⚠ .*is neither true nor false → correct it/],
  ['SWISPER_STUDIO_ENABLED', 'off', /^✖ .*is off: the SDK does nothing .* → unset it/],
  ['SWISPER_STUDIO_SAMPLE_RATE', '0', /^✖ .*is 0: no trace of this process is recorded → unset it/],
  ['SWISPER_STUDIO_SAMPLE_RATE', '0.0005', /^✔ .*: 0\.05 % of the traces are recorded$/],
  ['SWISPER_STUDIO_URL', '"http://localhost:8001"', /^✖ .*has quotation marks around it.* → remove them/],
  ['SWISPER_STUDIO_ENVIRONMENT', "'test'", /^⚠ .*has quotation marks around it.* → remove them/],
  ['SWISPER_STUDIO_APIKEY', 'x', /^⚠ .* does nothing → did you mean SWISPER_STUDIO_API_KEY\?/],
  ['SWISPER_STUDIO_COLOUR', 'x', /^⚠ .* does nothing → remove it/],
])('%s=%s is told with a remedy', (name, value, line) => {
  expect(lineOf(name, { ...complete, [name]: value })).toMatch(line);
});

test('every variable belongs to an option', () => {
  const { options, variables } = resolveOptions({}, {});
  for (const name of variables.keys()) expect(Object.keys(options)).toContain(optionName(name));
});
