import {
  DEFAULT_MAX_STREAM_LENGTH,
  DEFAULT_STREAM_NAME,
  EVENT_DEFAULT_MAX_BYTES,
  EVENT_MAX_BYTES,
  FIELD_DEFAULT_MAX_BYTES,
  parseApiKey,
} from './contract/index.ts';
import { isLogger, type SdkLogger } from './log.ts';
import { type Environment, OptionReader, PREFIX } from './option-reader.ts';
import { type PrivacyOptions, privacyOptions, type ResolvedPrivacy } from './privacy/privacy-options.ts';
import { canonicalProjectId } from './project-id.ts';

const MB = 1024 * 1024;

/** Every option may be left out; most are then read from the environment variable named. */
export interface TracingOptions extends PrivacyOptions {
  /** Base URL of the server, e.g. `http://localhost:8001`. SWISPER_STUDIO_URL. Without it: heartbeats over Redis only. */
  apiUrl?: string;
  /** The project's API key (`sws_…`). SWISPER_STUDIO_API_KEY. Without it: nothing by HTTP, nothing is signed. */
  apiKey?: string;
  /** The project's id, a UUID. SWISPER_STUDIO_PROJECT_ID. Required. */
  projectId?: string;
  /**
   * `redis://` or `rediss://` URL of the Redis that carries the events. SWISPER_STUDIO_REDIS_URL. Without it, events are sent
   * to `apiUrl` over HTTP, which takes `apiKey`.
   */
  redisUrl?: string;
  /** Default true. SWISPER_STUDIO_ENABLED. */
  enabled?: boolean;
  /** Whether the start says in the log what the server answered. Default true. SWISPER_STUDIO_VERIFY_CONNECTIVITY. */
  verifyConnectivity?: boolean;
  /** At most 50 characters, default `production`. SWISPER_STUDIO_ENVIRONMENT. */
  environment?: string;
  /** Version of the application, at most 100 characters. SWISPER_STUDIO_VERSION. */
  version?: string;
  /**
   * Seconds, at least 1, default 60; 0: none but the one that checks the connectivity at start, and its goodbye.
   * SWISPER_STUDIO_HEARTBEAT_INTERVAL.
   */
  heartbeatIntervalSeconds?: number;
  /** Default `observability:events`. SWISPER_STUDIO_STREAM_NAME. */
  streamName?: string;
  /** Entries, default 1,000,000: the last fuse (`MAXLEN ~`). SWISPER_STUDIO_MAX_STREAM_LENGTH. */
  maxStreamLength?: number;
  /** Default `console`. */
  logger?: SdkLogger;
  /** Cap of one payload (input, output, …) in bytes, 1 KB to 8 MB, default 256 KB. SWISPER_STUDIO_MAX_FIELD_BYTES. */
  maxFieldBytes?: number;
  /** Cap of one event in bytes, 1 KB to 8 MB, default 1 MB. SWISPER_STUDIO_MAX_EVENT_BYTES. */
  maxEventBytes?: number;
  /**
   * Events held while they cannot be sent, in bytes, 64 KB to 1 GB, default 16 MB. The newest are dropped above it, and
   * counted. SWISPER_STUDIO_MAX_BUFFER_BYTES.
   */
  maxBufferBytes?: number;
}

export interface ResolvedOptions extends ResolvedPrivacy {
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
  /** Whether there is a project to trace. */
  usable: boolean;
  /** Whether there is a way for events, through Redis or over HTTP. */
  hasWay: boolean;
  /** Every variable there is, with its value where the environment has one; for the doctor. */
  variables: ReadonlyMap<string, string | undefined>;
  /** Variables of the environment that look like ours and mean nothing. */
  unknownVariables: readonly string[];
}

/** Every option there is; the compiler sees that none is missing. */
const OPTION_NAMES = Object.keys({
  apiUrl: true,
  apiKey: true,
  projectId: true,
  redisUrl: true,
  enabled: true,
  verifyConnectivity: true,
  environment: true,
  version: true,
  heartbeatIntervalSeconds: true,
  streamName: true,
  maxStreamLength: true,
  logger: true,
  maxFieldBytes: true,
  maxEventBytes: true,
  maxBufferBytes: true,
  mask: true,
  redact: true,
  captureInput: true,
  captureOutput: true,
  sampleRate: true,
} satisfies Record<keyof TracingOptions, true>);

/** What is no UUID stays as it was given, for the doctor to show. */
function projectIdOf(reader: OptionReader): string | undefined {
  const given = reader.text({ name: 'projectId', variable: 'PROJECT_ID' });
  return canonicalProjectId(given) ?? given?.toLowerCase();
}

/** Kept where it is wrong: over HTTP the server says so too, and the doctor hides it. */
function apiKeyOf(reader: OptionReader): string | undefined {
  const given = reader.text({ name: 'apiKey', variable: 'API_KEY' });
  if (given !== undefined && parseApiKey(given) === null) {
    reader.problems.push(
      'apiKey has not the form of a key (sws_…), or lost characters, so it signs nothing and is refused by the server',
    );
  }
  return given;
}

function connections(reader: OptionReader) {
  const apiUrl = reader.url({ name: 'apiUrl', variable: 'URL' }, ['http:', 'https:']);
  return {
    apiUrl: apiUrl?.replace(/\/+$/, ''),
    apiKey: apiKeyOf(reader),
    projectId: projectIdOf(reader),
    redisUrl: reader.url({ name: 'redisUrl', variable: 'REDIS_URL' }, ['redis:', 'rediss:']),
    streamName: reader.text({ name: 'streamName', variable: 'STREAM_NAME' }) ?? DEFAULT_STREAM_NAME,
    // Redis refuses a fraction, and with it every entry.
    maxStreamLength: Math.floor(
      reader.count(
        { name: 'maxStreamLength', variable: 'MAX_STREAM_LENGTH' },
        { min: 1, max: Number.MAX_SAFE_INTEGER, fallback: DEFAULT_MAX_STREAM_LENGTH },
      ),
    ),
  };
}

function limits(reader: OptionReader) {
  const payload = { min: 1024, max: EVENT_MAX_BYTES };
  const size = (
    name: string,
    variable: string,
    range: { min: number; max: number; fallback: number },
  ): number => Math.floor(reader.count({ name, variable }, range));
  return {
    maxFieldBytes: size('maxFieldBytes', 'MAX_FIELD_BYTES', {
      ...payload,
      fallback: FIELD_DEFAULT_MAX_BYTES,
    }),
    maxEventBytes: size('maxEventBytes', 'MAX_EVENT_BYTES', {
      ...payload,
      fallback: EVENT_DEFAULT_MAX_BYTES,
    }),
    maxBufferBytes: size('maxBufferBytes', 'MAX_BUFFER_BYTES', {
      min: 64 * 1024,
      max: 1024 * MB,
      fallback: 16 * MB,
    }),
  };
}

function loggerOf(reader: OptionReader): SdkLogger {
  const logger = reader.value({ name: 'logger' }) ?? console;
  if (isLogger(logger)) return logger;
  reader.problems.push('logger has no info, warn and error');
  return console;
}

/** 0: none. More often than once a second says nothing more, and a slip of the unit would be a flood. */
function heartbeatInterval(reader: OptionReader): number {
  const name = 'heartbeatIntervalSeconds';
  const range = { min: 0, max: 86_400, fallback: 60 };
  const seconds = reader.count({ name, variable: 'HEARTBEAT_INTERVAL' }, range);
  if (seconds === 0 || seconds >= 1) return seconds;
  reader.problems.push(`${name} is less than a second, so it is 1`);
  return 1;
}

/** What programs that only publish take from the environment: what must not be published. */
export function privacyVariables(env: Environment = process.env): Environment {
  const names = ['REDACT', 'CAPTURE_INPUT', 'CAPTURE_OUTPUT', 'SAMPLE_RATE'];
  return Object.fromEntries(names.map((name) => [PREFIX + name, env[PREFIX + name]]));
}

/**
 * Options and environment as one checked set. Never throws, whatever it is given.
 * @param given `TracingOptions`, or whatever a program without types passed instead
 */
export function resolveOptions(given: unknown, env: Environment = process.env): OptionsResult {
  const reader = new OptionReader(given, OPTION_NAMES, env);
  const options: ResolvedOptions = {
    ...connections(reader),
    ...limits(reader),
    ...privacyOptions(reader),
    enabled: reader.flag({ name: 'enabled', variable: 'ENABLED' }),
    verifyConnectivity: reader.flag({ name: 'verifyConnectivity', variable: 'VERIFY_CONNECTIVITY' }),
    environment: (reader.text({ name: 'environment', variable: 'ENVIRONMENT' }) ?? 'production').slice(0, 50),
    version: reader.text({ name: 'version', variable: 'VERSION' })?.slice(0, 100),
    heartbeatIntervalSeconds: heartbeatInterval(reader),
    logger: loggerOf(reader),
  };
  const usable = canonicalProjectId(options.projectId) !== undefined;
  if (options.projectId === undefined) reader.problems.push('projectId is missing');
  else if (!usable) reader.problems.push('projectId is not a UUID');
  const overHttp = options.apiUrl !== undefined && options.apiKey !== undefined;
  const hasWay = options.redisUrl !== undefined || overHttp;
  if (!hasWay && !reader.isGiven('redisUrl')) {
    reader.problems.push('neither redisUrl nor apiUrl and apiKey are given, so no events are sent');
  }
  const { problems, variables } = reader;
  return { options, problems, usable, hasWay, variables, unknownVariables: reader.unknownVariables() };
}
