import { type ResolvedOptions } from '../options.ts';
import { type ServerConfig } from './api-check.ts';
import { broken, type Finding, ok, skipped, warning } from './finding.ts';
import { type RedisSwitch } from './redis-check.ts';
import { API_KEY, PROJECT_ID, REDIS_URL, STREAM_NAME } from './settings-check.ts';

const PROJECT = 'project';
const SWITCH = 'tracing switch';
const STREAM = 'stream name';
const SIGNATURE = 'signature';

/** What Redis tells about where this program writes to, where the server itself does not. */
export function examineWhereabouts(
  config: ServerConfig | undefined,
  redis: RedisSwitch | undefined,
  { projectId = '', streamName, apiUrl, apiKey }: ResolvedOptions,
): Finding | undefined {
  if (config !== undefined || redis?.isServers === undefined) return undefined;
  if (redis.isKnown)
    return redis.isServers
      ? undefined
      : broken(
          STREAM,
          `a server knows the project in this Redis, but none reads a stream ${streamName}`,
          `set ${STREAM_NAME} to the server's OBSERVABILITY_STREAM_NAME`,
        );
  // Who asked the server was told so already.
  if (redis.isServers && apiUrl !== undefined && apiKey !== undefined) return undefined;
  return redis.isServers
    ? broken(
        PROJECT,
        `the server that reads ${streamName} knows no project ${projectId}: its events are refused`,
        `compare ${PROJECT_ID} with the project's settings page; after a loss of Redis' data try again in 30 s`,
      )
    : broken(
        STREAM,
        `this Redis knows neither the project nor the stream ${streamName}: no server uses them here`,
        `compare ${REDIS_URL} (host, database number) and ${STREAM_NAME} with the server's OBSERVABILITY_REDIS_URL and OBSERVABILITY_STREAM_NAME`,
      );
}

/** On or off, and whether Redis says what the server says. */
export function examineSwitch(config: ServerConfig | undefined, redis: RedisSwitch | undefined): Finding {
  if (config !== undefined && redis?.isKnown === false && redis.isServers === false)
    return broken(
      SWITCH,
      'this Redis knows neither the project nor the stream of the server: the server uses another Redis or database number',
      `let ${REDIS_URL} name the Redis of the server's OBSERVABILITY_REDIS_URL`,
    );
  const isOn = config?.enabled ?? (redis?.isKnown === true ? redis.applied.enabled : undefined);
  if (isOn === undefined) return skipped(SWITCH, 'nobody told: tracing counts as on');
  if (!isOn) return off(config);
  if (config !== undefined && redis?.isKnown === true && redis.applied.version < config.version)
    return warning(
      SWITCH,
      `is on, but Redis holds version ${String(redis.applied.version)} of ${String(config.version)}`,
      'the server writes it again every 30 s: look whether it reaches Redis',
    );
  return ok(SWITCH, 'is on');
}

function off(config: ServerConfig | undefined): Finding {
  if (config === undefined)
    return broken(
      SWITCH,
      'tracing of this project is turned off, or the project was deleted: nothing is recorded',
      "turn it on in the project's settings in the console; is the project gone, make another",
    );
  const who = config.changedBy === undefined ? '' : ` by ${config.changedBy}`;
  const why = config.reason === undefined ? '' : ` (${config.reason})`;
  return broken(
    SWITCH,
    `tracing of this project is turned off${who}${why}: nothing is recorded`,
    "turn it on in the project's settings in the console",
  );
}

/** Whether events that nobody signs would be refused. */
export const examineSignature = (
  redis: RedisSwitch | undefined,
  { apiKey }: ResolvedOptions,
): Finding | undefined =>
  redis?.requiresSignature === true && apiKey === undefined
    ? broken(
        SIGNATURE,
        'this project takes signed events only, and without an API key none of this program is signed: all are refused',
        `set ${API_KEY} to a key of the project, or let an admin allow unsigned events on its settings page`,
      )
    : undefined;

/** Whether both sides name the same stream. */
export function examineStreamName(config: ServerConfig | undefined, options: ResolvedOptions): Finding {
  const { streamName } = options;
  const theirs = config?.streamName;
  if (theirs === undefined) return skipped(STREAM, `${streamName}; the server was not asked for its own`);
  if (theirs === streamName) return ok(STREAM, `${streamName}, as the server's`);
  return broken(
    STREAM,
    `this program writes to ${streamName}, the server reads ${theirs}`,
    `set ${STREAM_NAME}=${theirs}, or OBSERVABILITY_STREAM_NAME on the server`,
  );
}
