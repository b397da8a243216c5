import {
  heartbeatStreamKey,
  limitKey,
  parseRedisMemory,
  shownUrl,
  tracingConfigKey,
  tracingEnabledKey,
  TRACING_CHANGES_CHANNEL,
} from '../contract/index.ts';
import { type ResolvedOptions } from '../options.ts';
import { parseObject } from '../connection/json-object.ts';
import { TracingSwitch } from '../connection/tracing-switch.ts';
import { broken, type Finding, ok, warning } from './finding.ts';
import { errorOf, RedisProbe, type Reply, textOf } from './redis-probe.ts';
import { REDIS_URL } from './settings-check.ts';

const REDIS = 'Redis';
const RIGHTS = 'Redis rights';
const MEMORY = 'Redis memory';
/** The server measures its stream every second. */
const SERVER_MEASURES_MS = 2000;

/** The SDK sees with it whether the stream or Redis is full; without, it relies on the server. */
const SIGHT = '+info +memory|usage';

/** What Redis holds of the project's switch. */
export interface RedisSwitch {
  /** Of a new project it holds nothing for some seconds. */
  readonly isKnown: boolean;
  /** The server measures its stream every second and leaves the result here; undefined: not allowed to ask. */
  readonly isServers: boolean | undefined;
  readonly applied: TracingSwitch;
  /** The project refuses unsigned events; false also where an older server does not say. */
  readonly requiresSignature: boolean;
}

export interface RedisExamination {
  readonly findings: Finding[];
  readonly aheadMs: number | undefined;
  readonly tracing: RedisSwitch | undefined;
}

export async function examineConnection(probe: RedisProbe, redisUrl: string): Promise<Finding> {
  const reason = await probe.open();
  const url = shownUrl(redisUrl);
  return reason === undefined ? ok(REDIS, `answers at ${url}`) : unreachable(url, reason);
}

function unreachable(url: string, reason: string): Finding {
  if (reason.startsWith('WRONGPASS') || reason.includes('invalid password'))
    return broken(
      REDIS,
      `${url} refuses user or password (WRONGPASS)`,
      `correct the password in ${REDIS_URL}; write characters like @ : / # percent-encoded`,
    );
  if (reason.startsWith('NOAUTH'))
    return broken(
      REDIS,
      `${url} wants a password (NOAUTH) and the URL has none`,
      `write it into ${REDIS_URL}: redis://:password@host:6379`,
    );
  if (reason.includes('ECONNREFUSED'))
    return broken(
      REDIS,
      `nothing listens at ${url} (connection refused)`,
      `start Redis, or correct host and port in ${REDIS_URL}`,
    );
  if (/ENOTFOUND|EAI_AGAIN/.test(reason))
    return broken(
      REDIS,
      `the host name in ${url} is not known`,
      `correct ${REDIS_URL}, or the name service of this machine or container`,
    );
  return unspoken(url, reason);
}

function unspoken(url: string, reason: string): Finding {
  if (/certificate|CERT|altnames|self.signed/i.test(reason))
    return broken(
      REDIS,
      `the certificate of ${url} is not accepted: ${reason}`,
      'correct it; for an authority of your own set NODE_EXTRA_CA_CERTS',
    );
  if (/reply type byte/.test(reason))
    return broken(REDIS, `what answers at ${url} is not Redis`, `correct host and port in ${REDIS_URL}`);
  const isTls = url.startsWith('rediss:');
  return broken(
    REDIS,
    `no conversation with ${url}: ${reason}`,
    isTls
      ? 'see whether this port speaks TLS: else write redis://; whether Redis takes more clients (maxclients), and whether a firewall is in between'
      : 'see whether this port wants TLS: then write rediss://; whether Redis takes more clients (maxclients), and whether a firewall is in between',
  );
}

/**
 * What the SDK may do there, how Redis is set up, and what it holds of the switch.
 * @param serverStream name of the stream the server reads
 */
export async function examineRedis(
  probe: RedisProbe,
  options: ResolvedOptions,
  serverStream: string,
): Promise<RedisExamination> {
  const { projectId = '' } = options;
  const askedAtMs = Date.now();
  const time = await probe.ask('TIME');
  const localMs = (askedAtMs + Date.now()) / 2;
  const config = await probe.ask('GET', tracingConfigKey(projectId));
  const enabled = await probe.ask('GET', tracingEnabledKey(projectId));
  let limit = await probe.ask('GET', limitKey(serverStream));
  if (textOf(config) === undefined && errorOf(limit) === undefined && textOf(limit) === undefined) {
    // A server that has just started has not measured yet.
    await new Promise((resolve) => setTimeout(resolve, SERVER_MEASURES_MS));
    limit = await probe.ask('GET', limitKey(serverStream));
  }
  const info = await probe.ask('INFO');
  const applied = new TracingSwitch();
  applied.applyKeys(textOf(config) ?? null, textOf(enabled) ?? null);
  return {
    findings: [await writing(probe, options), await reading(options, config), ...memory(info)],
    aheadMs: aheadMs(time, localMs),
    tracing:
      errorOf(config) === undefined
        ? {
            isKnown: textOf(config) !== undefined,
            isServers: errorOf(limit) === undefined ? textOf(limit) !== undefined : undefined,
            applied,
            requiresSignature: parseObject(textOf(config) ?? '')?.['require_signature'] === true,
          }
        : undefined,
  };
}

function aheadMs(reply: Reply, localMs: number): number | undefined {
  const parts: unknown = 'result' in reply ? reply.result : undefined;
  if (!Array.isArray(parts)) return undefined;
  const [seconds, micros] = parts.map(Number);
  return seconds === undefined || micros === undefined ? undefined : seconds * 1000 + micros / 1000 - localMs;
}

/** An entry Redis refuses for its id, once it has judged rights and memory: nothing is written. */
async function writing(probe: RedisProbe, { streamName }: ResolvedOptions): Promise<Finding> {
  const error = errorOf(await probe.ask('XADD', streamName, '0-0', 'doctor', '1')) ?? '';
  if (error.startsWith('NOPERM'))
    return broken(
      RIGHTS,
      `the user of ${REDIS_URL} may not add to ${streamName} (NOPERM)`,
      `ACL SETUSER <user> +xadd +get +subscribe ${SIGHT} ~${streamName} ~${heartbeatStreamKey(streamName)} ~tracing:* &${TRACING_CHANGES_CHANNEL}`,
    );
  if (error.startsWith('OOM'))
    return broken(
      MEMORY,
      'Redis has no memory left (OOM) and refuses writes',
      'give it more (maxmemory), or see why the server does not drain the stream',
    );
  if (error.startsWith('READONLY'))
    return broken(RIGHTS, 'this Redis is a read-only replica', `let ${REDIS_URL} name the primary`);
  if (/^(MOVED|MISCONF|LOADING|NOREPLICAS|CLUSTERDOWN)/.test(error) || error.includes('timed out'))
    return broken(RIGHTS, `Redis does not take entries: ${error}`, 'mend what it says, on the Redis server');
  return ok(RIGHTS, `may add to ${streamName}`);
}

async function reading({ redisUrl = '', projectId }: ResolvedOptions, config: Reply): Promise<Finding> {
  const remedy = `ACL SETUSER <user> +get +subscribe ~tracing:* &${TRACING_CHANGES_CHANNEL}`;
  const denied = errorOf(config);
  if (denied?.startsWith('NOPERM') === true && projectId !== undefined)
    return warning(
      'Redis switch',
      'the tracing switch cannot be read (NOPERM): off would not stop this program',
      remedy,
    );
  const probe = new RedisProbe(redisUrl);
  const reason = await probe.open();
  const refused = reason ?? errorOf(await probe.ask('subscribe', TRACING_CHANGES_CHANNEL));
  probe.close();
  return refused === undefined
    ? ok('Redis switch', 'can be read, and changes are heard of at once')
    : warning('Redis switch', `changes are not heard of at once but within 10 s: ${refused}`, remedy);
}

function memory(reply: Reply): Finding[] {
  if (errorOf(reply)?.startsWith('NOPERM') === true)
    return [
      warning(
        MEMORY,
        'cannot be looked at (NOPERM): whether it or the stream is full, the SDK learns from the server only',
        `ACL SETUSER <user> ${SIGHT}`,
      ),
    ];
  const info = textOf(reply) ?? '';
  const parsed = parseRedisMemory(info);
  const field = (name: string): string | undefined => new RegExp(`^${name}:(.*?)\r?$`, 'm').exec(info)?.[1];
  const policy = field('maxmemory_policy');
  const findings: Finding[] = [];
  if (parsed?.isEvicting === true && policy !== undefined)
    findings.push(
      warning(
        MEMORY,
        `may throw waiting events away: maxmemory-policy is ${policy}`,
        'CONFIG SET maxmemory-policy noeviction, or a Redis of its own for the events',
      ),
    );
  if (field('aof_enabled') === '0')
    findings.push(
      warning(
        MEMORY,
        'keeps no append-only file: events that wait are lost when Redis ends',
        'CONFIG SET appendonly yes (and in redis.conf)',
      ),
    );
  return findings;
}
