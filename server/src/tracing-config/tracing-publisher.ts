import { Inject, Injectable } from '@nestjs/common';
import {
  limitKey,
  TRACING_CHANGES_CHANNEL,
  tracingConfigKey,
  tracingEnabledKey,
} from 'swisper-studio/contract';
import { SETTINGS } from '../config/settings.module.ts';
import { type Settings } from '../config/settings.ts';
import { REDIS, type RedisCommands } from '../redis/redis.module.ts';
import { StreamLimit } from '../stream-limit/index.ts';

/** State of a project's switch; a higher version is newer. */
export interface SwitchState {
  projectId: string;
  version: number;
  enabled: boolean;
  /** Unsigned entries are refused: the doctor of a program without a key has nobody else to tell it. */
  requireSignature: boolean;
}

/** "On" is re-asserted long before this; "off" has no end, because off must not turn on by itself. */
const ENABLED_TTL_SECONDS = 300;

/**
 * Writes both keys unless Redis holds a higher version already, so that a slow writer cannot undo a later change. Whether
 * the stream is full is taken from what was measured last, so that no writer can bring back what it believed before.
 * KEYS: enabled, config, limit. ARGV: version, `true`/`false`, config when there is room, config when it is full, seconds
 * to live (0: for ever). Returns 1 when written.
 */
const WRITE_IF_NOT_OLDER = `
local function read(key)
  local text = redis.call('GET', key)
  local ok, value = pcall(cjson.decode, text or '')
  if ok and type(value) == 'table' then return value end
  return {}
end
if (tonumber(read(KEYS[2]).version) or 0) > tonumber(ARGV[1]) then return 0 end
redis.call('SET', KEYS[2], read(KEYS[3]).full == true and ARGV[4] or ARGV[3])
if ARGV[5] == '0' then
  redis.call('SET', KEYS[1], ARGV[2])
else
  redis.call('SET', KEYS[1], ARGV[2], 'EX', ARGV[5])
end
return 1`;

/** Puts the switch where SDKs read it. */
@Injectable()
export class TracingPublisher {
  private readonly redis: RedisCommands;
  private readonly limit: StreamLimit;
  private readonly streamName: string;

  constructor(@Inject(REDIS) redis: RedisCommands, limit: StreamLimit, @Inject(SETTINGS) settings: Settings) {
    this.redis = redis;
    this.limit = limit;
    this.streamName = settings.observability.streamName;
  }

  /**
   * @returns whether Redis holds this state now; false when it holds a newer one
   * @throws while Redis is away
   */
  async write(state: SwitchState): Promise<boolean> {
    const { projectId, version, enabled, requireSignature } = state;
    // Left out until it is known: SDKs reckon it themselves, and a guess could let them fill the Redis of their host.
    const rest = {
      max_bytes: this.limit.knownLimitBytes,
      sampling: null,
      require_signature: requireSignature,
    };
    const config = (full: boolean): string => JSON.stringify({ version, enabled, full, ...rest });
    const written = await this.redis.eval(
      WRITE_IF_NOT_OLDER,
      3,
      tracingEnabledKey(projectId),
      tracingConfigKey(projectId),
      limitKey(this.streamName),
      version,
      String(enabled),
      config(false),
      config(true),
      enabled ? ENABLED_TTL_SECONDS : 0,
    );
    return written === 1;
  }

  /** Tells processes that listen to look now. */
  async announce({ projectId, version }: SwitchState): Promise<void> {
    await this.redis.publish(TRACING_CHANGES_CHANNEL, JSON.stringify({ project_id: projectId, version }));
  }
}
