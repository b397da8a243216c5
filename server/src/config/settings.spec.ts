import { describe, expect, test } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CONSUMER_GROUP, DEFAULT_STREAM_NAME } from 'swisper-studio/contract';
import { readSettings, settingsProblemMessage } from './settings.ts';

const REQUIRED = { DATABASE_URL: 'postgres://u:p@db/studio', OBSERVABILITY_REDIS_URL: 'redis://r:6379' };

function problemsOf(environment: Record<string, string>): string[] {
  const result = readSettings({ ...REQUIRED, ...environment });
  return result.ok ? [] : result.problems;
}

function settingsOf(environment: Record<string, string>) {
  const result = readSettings(environment);
  if (!result.ok) throw new Error(settingsProblemMessage(result.problems));
  return result.settings;
}

describe('readSettings', () => {
  test('fills in the documented defaults', () => {
    expect(settingsOf(REQUIRED)).toEqual({
      port: 8001,
      host: '127.0.0.1',
      databaseUrl: REQUIRED.DATABASE_URL,
      redisUrl: REQUIRED.OBSERVABILITY_REDIS_URL,
      observability: {
        enabled: true,
        streamName: 'observability:events',
        groupName: 'swisper_studio_consumers',
        consumerName: null,
        batchSize: 2000,
        streamMaxBytes: null,
      },
      roles: ['api', 'consumer', 'scheduler'],
      admin: null,
      publicUrl: 'http://localhost:8001',
      secret: null,
      metricsToken: null,
      logLevel: 'info',
    });
  });

  test('takes every setting from the environment', () => {
    const settings = settingsOf({
      ...REQUIRED,
      PORT: '9000',
      HOST: '0.0.0.0',
      OBSERVABILITY_ENABLED: 'FALSE',
      OBSERVABILITY_STREAM_NAME: 'other:events',
      OBSERVABILITY_GROUP_NAME: 'group',
      OBSERVABILITY_CONSUMER_NAME: 'one',
      OBSERVABILITY_BATCH_SIZE: '10',
      OBSERVABILITY_STREAM_MAX_BYTES: '1048576',
      STUDIO_ROLES: 'scheduler, api',
      STUDIO_ADMIN_EMAIL: 'Admin@Example.com',
      STUDIO_ADMIN_PASSWORD: 'twelve-chars',
      STUDIO_PUBLIC_URL: 'https://studio.example.com/',
      LOG_LEVEL: 'warn',
    });
    expect(settings).toMatchObject({
      port: 9000,
      host: '0.0.0.0',
      observability: {
        enabled: false,
        streamName: 'other:events',
        groupName: 'group',
        consumerName: 'one',
        batchSize: 10,
        streamMaxBytes: 1_048_576,
      },
      roles: ['api', 'scheduler'],
      admin: { email: 'admin@example.com', password: 'twelve-chars' },
      publicUrl: 'https://studio.example.com',
      logLevel: 'warn',
    });
  });

  test('takes REDIS_URL where OBSERVABILITY_REDIS_URL is not set, and prefers the latter', () => {
    const { DATABASE_URL } = REQUIRED;
    expect(settingsOf({ DATABASE_URL, REDIS_URL: 'rediss://general' }).redisUrl).toBe('rediss://general');
    expect(settingsOf({ ...REQUIRED, REDIS_URL: 'redis://general' }).redisUrl).toBe('redis://r:6379');
  });

  test('names every problem at once, with the value and what is allowed', () => {
    const result = readSettings({
      PORT: '80a',
      DATABASE_URL: 'mysql://db',
      STUDIO_ROLES: 'api,worker',
      LOG_LEVEL: 'loud',
    });
    expect(result).toEqual({
      ok: false,
      problems: [
        'PORT: "80a" is not allowed; give a whole number from 1 to 65535',
        'DATABASE_URL: its value is not allowed; give a URL beginning postgres:// or postgresql://',
        'OBSERVABILITY_REDIS_URL (or REDIS_URL): not set; give a redis:// or rediss:// URL',
        'STUDIO_ROLES: "api,worker" is not allowed; give one or more of api, consumer, scheduler, separated by commas',
        'LOG_LEVEL: "loud" is not allowed; give one of trace, debug, info, warn, error, fatal, silent',
      ],
    });
  });

  test.each([
    ['PORT', '0'],
    ['PORT', '65536'],
    ['PORT', '-1'],
    ['OBSERVABILITY_BATCH_SIZE', '0'],
    ['OBSERVABILITY_BATCH_SIZE', '1.5'],
    ['OBSERVABILITY_STREAM_NAME', 'with space'],
    ['OBSERVABILITY_ENABLED', 'maybe'],
    ['STUDIO_PUBLIC_URL', 'ftp://x'],
    ['STUDIO_ROLES', ' , '],
    ['HOST', 'not a host'],
  ])('refuses %s=%s', (name, value) => {
    expect(problemsOf({ [name]: value })).toEqual([
      expect.stringContaining(`${name}: ${JSON.stringify(value)}`),
    ]);
  });

  test('refuses names it does not know and proposes the nearest', () => {
    expect(
      problemsOf({ STUDIO_ADMIN_MAIL: 'x', OBSERVABILITY_BATCHSIZE: '5', STUDIO_ZZZZZZZZZZZZZZZZZZ: '1' }),
    ).toEqual([
      'OBSERVABILITY_BATCHSIZE: there is no such setting; did you mean OBSERVABILITY_BATCH_SIZE?',
      'STUDIO_ADMIN_MAIL: there is no such setting; did you mean STUDIO_ADMIN_EMAIL?',
      'STUDIO_ZZZZZZZZZZZZZZZZZZ: there is no such setting',
    ]);
  });

  test('never repeats a secret', () => {
    const secret = 'hunter2';
    const problems = problemsOf({
      DATABASE_URL: `nonsense-${secret}`,
      REDIS_URL: `http://:${secret}@redis`,
      STUDIO_ADMIN_PASSWORD: secret,
      STUDIO_SECRET: secret,
      STUDIO_METRICS_TOKEN: secret,
    });
    expect(problems).toHaveLength(6);
    expect(problems.join('\n')).not.toContain(secret);
  });

  test('wants the admin\u2019s e-mail address and password together', () => {
    expect(problemsOf({ STUDIO_ADMIN_EMAIL: 'a@b.co' })).toEqual([
      'STUDIO_ADMIN_PASSWORD: not set although STUDIO_ADMIN_EMAIL is; set both or neither',
    ]);
    expect(problemsOf({ STUDIO_ADMIN_PASSWORD: 'twelve-chars' })).toEqual([
      'STUDIO_ADMIN_EMAIL: not set although STUDIO_ADMIN_PASSWORD is; set both or neither',
    ]);
  });

  test('reads secrets from files, and says which file it cannot read', () => {
    const folder = mkdtempSync(join(tmpdir(), 'studio-settings-'));
    try {
      const file = join(folder, 'database-url');
      writeFileSync(file, 'postgres://from-file/db\n');
      const { OBSERVABILITY_REDIS_URL } = REQUIRED;
      expect(settingsOf({ OBSERVABILITY_REDIS_URL, DATABASE_URL_FILE: file }).databaseUrl).toBe(
        'postgres://from-file/db',
      );
      expect(problemsOf({ DATABASE_URL_FILE: file })).toEqual([
        'DATABASE_URL_FILE: set together with DATABASE_URL; set one of them',
      ]);
      const missing = join(folder, 'missing');
      expect(problemsOf({ STUDIO_SECRET_FILE: missing })).toEqual([
        `STUDIO_SECRET_FILE: the file ${JSON.stringify(missing)} cannot be read (ENOENT)`,
      ]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('treats an empty value as not set', () => {
    expect(settingsOf({ ...REQUIRED, PORT: '', STUDIO_SECRET: '' })).toMatchObject({
      port: 8001,
      secret: null,
    });
  });

  // They cannot be imported there: settings are read before anything, the contract included, is built.
  test('has the stream and group of the contract as defaults', () => {
    expect(settingsOf(REQUIRED).observability).toMatchObject({
      streamName: DEFAULT_STREAM_NAME,
      groupName: CONSUMER_GROUP,
    });
  });
});
