import { EnvironmentReader, nearestName } from './environment-reader.ts';

export const ROLES = ['api', 'consumer', 'scheduler'] as const;
export type Role = (typeof ROLES)[number];

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** What the environment says, checked. Protocol section 3 lists the names. */
export interface Settings {
  /** `PORT`, default 8001. */
  port: number;
  /** `HOST`, default 127.0.0.1; the image sets 0.0.0.0. */
  host: string;
  /** `DATABASE_URL`, required: postgres:// or postgresql://. */
  databaseUrl: string;
  /** `OBSERVABILITY_REDIS_URL`, else `REDIS_URL`; one of them is required: redis:// or rediss://. */
  redisUrl: string;
  observability: {
    /** `OBSERVABILITY_ENABLED`, default true. False: nothing is read from the stream. */
    enabled: boolean;
    streamName: string;
    groupName: string;
    /** `OBSERVABILITY_CONSUMER_NAME`; null: made of the host name and a slot. */
    consumerName: string | null;
    /** `OBSERVABILITY_BATCH_SIZE`, default 2000 events. */
    batchSize: number;
    /** `OBSERVABILITY_STREAM_MAX_BYTES`; null: the less of 2 GiB and 40 % of Redis' maxmemory. */
    streamMaxBytes: number | null;
  };
  /** `STUDIO_ROLES`, default all. */
  roles: readonly Role[];
  /** `STUDIO_ADMIN_EMAIL` and `STUDIO_ADMIN_PASSWORD`; null: a one-time set-up link is printed. */
  admin: { email: string; password: string } | null;
  /** `STUDIO_PUBLIC_URL` without a trailing slash, default http://localhost:{PORT}. https makes cookies Secure. */
  publicUrl: string;
  /** `STUDIO_SECRET`, at least 32 characters; null: not set. */
  secret: string | null;
  /** `STUDIO_METRICS_TOKEN`, at least 16 characters; null: metrics answer on loopback only. */
  metricsToken: string | null;
  /** `LOG_LEVEL`, default info. */
  logLevel: LogLevel;
}

export type SettingsResult = { ok: true; settings: Settings } | { ok: false; problems: string[] };

const SECRETS = [
  'DATABASE_URL',
  'OBSERVABILITY_REDIS_URL',
  'REDIS_URL',
  'STUDIO_ADMIN_PASSWORD',
  'STUDIO_SECRET',
  'STUDIO_METRICS_TOKEN',
] as const;

const NAMES = [
  'OBSERVABILITY_ENABLED',
  'OBSERVABILITY_REDIS_URL',
  'OBSERVABILITY_STREAM_NAME',
  'OBSERVABILITY_GROUP_NAME',
  'OBSERVABILITY_CONSUMER_NAME',
  'OBSERVABILITY_BATCH_SIZE',
  'OBSERVABILITY_STREAM_MAX_BYTES',
  'STUDIO_ROLES',
  'STUDIO_ADMIN_EMAIL',
  'STUDIO_ADMIN_PASSWORD',
  'STUDIO_PUBLIC_URL',
  'STUDIO_SECRET',
  'STUDIO_METRICS_TOKEN',
];

const MIB = 1024 * 1024;
const PRINTABLE = /^[\x21-\x7e]{1,200}$/;
const EMAIL = /^[^\s@]{1,64}@[^\s@]{1,190}$/;

/**
 * Reads and checks all settings at once. Needs no file but those named by `*_FILE`, no library and no build, so the
 * start command can refuse bad settings before anything else happens. No problem text contains a secret.
 */
export function readSettings(environment: Readonly<Record<string, string | undefined>>): SettingsResult {
  const reader = new EnvironmentReader(environment, SECRETS);
  const settings = parse(reader);
  reportUnknownNames(environment, reader);
  return reader.problems.length === 0 ? { ok: true, settings } : { ok: false, problems: reader.problems };
}

/** All problems as the one message the process leaves with. */
export function settingsProblemMessage(problems: readonly string[]): string {
  const count = problems.length === 1 ? 'One setting is' : `${problems.length} settings are`;
  return `${count} not usable:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`;
}

function parse(reader: EnvironmentReader): Settings {
  const port = reader.integer('PORT', { fallback: 8001, min: 1, max: 65_535 });
  return {
    port,
    host: reader.text('HOST', {
      fallback: '127.0.0.1',
      pattern: /^[0-9a-zA-Z.:-]+$/,
      allowed: 'an address or host name',
    }),
    databaseUrl:
      reader.url('DATABASE_URL', { protocols: ['postgres:', 'postgresql:'], required: true }) ?? '',
    redisUrl: redisUrl(reader),
    observability: observability(reader),
    roles: reader.list('STUDIO_ROLES', ROLES),
    admin: admin(reader),
    publicUrl: publicUrl(reader, port),
    secret: reader.secret('STUDIO_SECRET', 32),
    metricsToken: reader.secret('STUDIO_METRICS_TOKEN', 16),
    logLevel: reader.choice('LOG_LEVEL', LOG_LEVELS, 'info'),
  };
}

function observability(reader: EnvironmentReader): Settings['observability'] {
  const name = { pattern: PRINTABLE, allowed: '1 to 200 printable characters without spaces' };
  return {
    enabled: reader.boolean('OBSERVABILITY_ENABLED', true),
    streamName: reader.text('OBSERVABILITY_STREAM_NAME', { ...name, fallback: 'observability:events' }),
    groupName: reader.text('OBSERVABILITY_GROUP_NAME', { ...name, fallback: 'swisper_studio_consumers' }),
    consumerName: reader.text('OBSERVABILITY_CONSUMER_NAME', { ...name, fallback: '' }) || null,
    batchSize: reader.integer('OBSERVABILITY_BATCH_SIZE', { fallback: 2000, min: 1, max: 100_000 }),
    streamMaxBytes:
      reader.integer('OBSERVABILITY_STREAM_MAX_BYTES', { fallback: 0, min: MIB, max: 2 ** 50 }) || null,
  };
}

function redisUrl(reader: EnvironmentReader): string {
  const protocols = ['redis:', 'rediss:'];
  const own = reader.url('OBSERVABILITY_REDIS_URL', { protocols });
  const general = reader.url('REDIS_URL', { protocols });
  const isGiven = reader.has('OBSERVABILITY_REDIS_URL') || reader.has('REDIS_URL');
  if (!isGiven) {
    reader.problems.push('OBSERVABILITY_REDIS_URL (or REDIS_URL): not set; give a redis:// or rediss:// URL');
  }
  return own ?? general ?? '';
}

function admin(reader: EnvironmentReader): Settings['admin'] {
  const allowed = 'an e-mail address';
  const email = reader.text('STUDIO_ADMIN_EMAIL', { fallback: '', pattern: EMAIL, allowed }).toLowerCase();
  const password = reader.secret('STUDIO_ADMIN_PASSWORD', 12);
  const hasEmail = reader.has('STUDIO_ADMIN_EMAIL');
  const hasPassword = reader.has('STUDIO_ADMIN_PASSWORD');
  if (hasEmail && !hasPassword) {
    reader.problems.push(
      'STUDIO_ADMIN_PASSWORD: not set although STUDIO_ADMIN_EMAIL is; set both or neither',
    );
  }
  if (hasPassword && !hasEmail) {
    reader.problems.push(
      'STUDIO_ADMIN_EMAIL: not set although STUDIO_ADMIN_PASSWORD is; set both or neither',
    );
  }
  return email && password ? { email, password } : null;
}

function publicUrl(reader: EnvironmentReader, port: number): string {
  const given = reader.url('STUDIO_PUBLIC_URL', { protocols: ['http:', 'https:'] });
  return (given ?? `http://localhost:${port}`).replace(/\/+$/, '');
}

function reportUnknownNames(
  environment: Readonly<Record<string, string | undefined>>,
  reader: EnvironmentReader,
): void {
  const known = new Set([...NAMES, ...SECRETS.map((name) => `${name}_FILE`)]);
  for (const name of Object.keys(environment).sort()) {
    if (!/^(STUDIO|OBSERVABILITY)_/.test(name) || known.has(name)) continue;
    const nearest = nearestName(name, [...known]);
    reader.problems.push(
      `${name}: there is no such setting${nearest === null ? '' : `; did you mean ${nearest}?`}`,
    );
  }
}
