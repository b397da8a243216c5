import {
  DEFAULT_MAX_STREAM_LENGTH,
  DEFAULT_STREAM_NAME,
  EVENT_DEFAULT_MAX_BYTES,
  EVENT_MAX_BYTES,
  FIELD_DEFAULT_MAX_BYTES,
  redactUrl,
} from './contract/index.ts';
import { type SdkLogger } from './log.ts';

const MB = 1024 * 1024;

/** Every option may be left out; most are then read from the environment variable named. */
export interface TracingOptions {
  /** Base URL of the server, e.g. `http://localhost:8001`. SWISPER_STUDIO_URL. Without it: no heartbeats. */
  apiUrl?: string;
  /** The project's API key (`sws_…`). SWISPER_STUDIO_API_KEY. Without it: no heartbeats, entries are not signed. */
  apiKey?: string;
  /** The project's id, a UUID. SWISPER_STUDIO_PROJECT_ID. Required. */
  projectId?: string;
  /** `redis://` or `rediss://` URL of the Redis that carries the events. SWISPER_STUDIO_REDIS_URL. Required. */
  redisUrl?: string;
  /** Default true. SWISPER_STUDIO_ENABLED. */
  enabled?: boolean;
  /** Whether the start says in the log what the server answered. Default true. SWISPER_STUDIO_VERIFY_CONNECTIVITY. */
  verifyConnectivity?: boolean;
  /** At most 50 characters, default `production`. SWISPER_STUDIO_ENVIRONMENT. */
  environment?: string;
  /** Version of the application, at most 100 characters. SWISPER_STUDIO_VERSION. */
  version?: string;
  /** Seconds, default 60; 0: no heartbeats. SWISPER_STUDIO_HEARTBEAT_INTERVAL. */
  heartbeatIntervalSeconds?: number;
  /** Default `observability:events`. SWISPER_STUDIO_STREAM_NAME. */
  streamName?: string;
  /** Entries, default 1,000,000: the last fuse (`MAXLEN ~`). SWISPER_STUDIO_MAX_STREAM_LENGTH. */
  maxStreamLength?: number;
  /** Default `console`. */
  logger?: SdkLogger;
  /** Cap of one payload (input, output, …) in bytes, 1 KB to 8 MB, default 256 KB. */
  maxFieldBytes?: number;
  /** Cap of one event in bytes, 1 KB to 8 MB, default 1 MB. */
  maxEventBytes?: number;
  /** Events held while Redis is away, in bytes, default 16 MB. The newest are dropped above it, and counted. */
  maxBufferBytes?: number;
}

export interface ResolvedOptions {
  apiUrl: string | undefined;
  apiKey: string | undefined;
  projectId: string | undefined;
  redisUrl: string | undefined;
  enabled: boolean;
  verifyConnectivity: boolean;
  environment: string;
  version: string | undefined;
  heartbeatIntervalSeconds: number;
  streamName: string;
  maxStreamLength: number;
  logger: SdkLogger;
  maxFieldBytes: number;
  maxEventBytes: number;
  maxBufferBytes: number;
}

export interface OptionsResult {
  options: ResolvedOptions;
  /** What is wrong, for one warning; empty: nothing. */
  problems: string[];
  /** Whether tracing can work at all. */
  usable: boolean;
  /** Every variable there is, with its value where the environment has one; for the doctor. */
  variables: ReadonlyMap<string, string | undefined>;
  /** Variables of the environment that look like ours and mean nothing. */
  unknownVariables: readonly string[];
}

const PREFIX = 'SWISPER_STUDIO_';
const UUID = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i;
const TRUE_WORDS = new Set(['true', '1', 'yes', 'on']);
const FALSE_WORDS = new Set(['false', '0', 'no', 'off']);

type Environment = Readonly<Record<string, string | undefined>>;

/** Reads one source after the other and remembers what it could not use. */
class OptionReader {
  readonly problems: string[] = [];
  readonly variables = new Map<string, string | undefined>();
  private readonly env: Environment;

  constructor(env: Environment) {
    this.env = env;
  }

  text(name: string, given: unknown, variable: string): string | undefined {
    const value = given ?? this.variable(variable);
    if (value === undefined) return undefined;
    if (typeof value === 'string' && value.trim() !== '') return value.trim();
    this.problems.push(`${name} is not a text`);
    return undefined;
  }

  flag(name: string, given: unknown, variable: string): boolean {
    const value = given ?? this.variable(variable) ?? true;
    if (typeof value === 'boolean') return value;
    const word = typeof value === 'string' ? value.trim().toLowerCase() : '';
    if (!TRUE_WORDS.has(word) && !FALSE_WORDS.has(word))
      this.problems.push(`${name} is neither true nor false`);
    return !FALSE_WORDS.has(word);
  }

  count(
    name: string,
    given: unknown,
    range: { min: number; max: number; fallback: number; variable?: string },
  ): number {
    const value = given ?? (range.variable === undefined ? undefined : this.variable(range.variable));
    if (value === undefined) return range.fallback;
    const number = typeof value === 'string' ? Number(value) : value;
    if (typeof number === 'number' && number >= range.min && number <= range.max) return number;
    this.problems.push(`${name} is not a number from ${String(range.min)} to ${String(range.max)}`);
    return range.fallback;
  }

  url(name: string, value: string | undefined, schemes: readonly string[]): string | undefined {
    if (value === undefined) return undefined;
    const scheme = URL.canParse(value) ? new URL(value).protocol : '';
    if (schemes.includes(scheme)) return value;
    this.problems.push(`${name} is not a ${schemes.join('// or ')}// URL: ${redactUrl(value)}`);
    return undefined;
  }

  unknownVariables(): string[] {
    return Object.keys(this.env).filter((name) => name.startsWith(PREFIX) && !this.variables.has(name));
  }

  private variable(name: string): string | undefined {
    const text = this.env[PREFIX + name];
    const value = text === undefined || text.trim() === '' ? undefined : text;
    this.variables.set(PREFIX + name, value);
    return value;
  }
}

function connections(reader: OptionReader, given: TracingOptions) {
  const apiUrl = reader.url('apiUrl', reader.text('apiUrl', given.apiUrl, 'URL'), ['http:', 'https:']);
  const projectId = reader.text('projectId', given.projectId, 'PROJECT_ID');
  return {
    apiUrl: apiUrl?.replace(/\/+$/, ''),
    apiKey: reader.text('apiKey', given.apiKey, 'API_KEY'),
    projectId: projectId?.toLowerCase(),
    redisUrl: reader.url('redisUrl', reader.text('redisUrl', given.redisUrl, 'REDIS_URL'), [
      'redis:',
      'rediss:',
    ]),
    streamName: reader.text('streamName', given.streamName, 'STREAM_NAME') ?? DEFAULT_STREAM_NAME,
    // Redis refuses a fraction, and with it every entry.
    maxStreamLength: Math.floor(
      reader.count('maxStreamLength', given.maxStreamLength, {
        min: 1,
        max: Number.MAX_SAFE_INTEGER,
        fallback: DEFAULT_MAX_STREAM_LENGTH,
        variable: 'MAX_STREAM_LENGTH',
      }),
    ),
  };
}

function limits(reader: OptionReader, given: TracingOptions) {
  const size = (name: string, value: unknown, fallback: number): number =>
    Math.floor(reader.count(name, value, { min: 1024, max: EVENT_MAX_BYTES, fallback }));
  return {
    maxFieldBytes: size('maxFieldBytes', given.maxFieldBytes, FIELD_DEFAULT_MAX_BYTES),
    maxEventBytes: size('maxEventBytes', given.maxEventBytes, EVENT_DEFAULT_MAX_BYTES),
    maxBufferBytes: reader.count('maxBufferBytes', given.maxBufferBytes, {
      min: 64 * 1024,
      max: 1024 * MB,
      fallback: 16 * MB,
    }),
  };
}

/** Options and environment as one checked set. Never throws. */
export function resolveOptions(given: TracingOptions, env: Environment = process.env): OptionsResult {
  const reader = new OptionReader(env);
  const options: ResolvedOptions = {
    ...connections(reader, given),
    ...limits(reader, given),
    enabled: reader.flag('enabled', given.enabled, 'ENABLED'),
    verifyConnectivity: reader.flag('verifyConnectivity', given.verifyConnectivity, 'VERIFY_CONNECTIVITY'),
    environment: (reader.text('environment', given.environment, 'ENVIRONMENT') ?? 'production').slice(0, 50),
    version: reader.text('version', given.version, 'VERSION')?.slice(0, 100),
    heartbeatIntervalSeconds: reader.count('heartbeatIntervalSeconds', given.heartbeatIntervalSeconds, {
      min: 0,
      max: 86_400,
      fallback: 60,
      variable: 'HEARTBEAT_INTERVAL',
    }),
    logger: given.logger ?? console,
  };
  if (options.projectId === undefined) reader.problems.push('projectId is missing');
  else if (!UUID.test(options.projectId)) reader.problems.push('projectId is not a UUID');
  const usable = options.projectId !== undefined && UUID.test(options.projectId);
  if (options.redisUrl === undefined && given.redisUrl === undefined) {
    reader.problems.push('redisUrl is missing, so no events are sent');
  }
  const { problems, variables } = reader;
  return { options, problems, usable, variables, unknownVariables: reader.unknownVariables() };
}
