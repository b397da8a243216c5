import { Inject, Injectable } from '@nestjs/common';
import { TRACING_CHANGES_CHANNEL, tracingConfigKey, tracingEnabledKey } from 'swisper-studio/contract';
import { REDIS, type RedisCommands } from '../redis/redis.module.ts';

/** State of a project's switch; a higher version is newer. */
export interface SwitchState {
  projectId: string;
  version: number;
  enabled: boolean;
}

/** "On" is re-asserted long before this; "off" has no end, because off must not turn on by itself. */
const ENABLED_TTL_SECONDS = 300;

/**
 * Writes both keys unless Redis holds a higher version already, so that a slow writer cannot undo a later change.
 * KEYS: enabled, config. ARGV: version, `true`/`false`, config, seconds to live (0: for ever). Returns 1 when written.
 */
const WRITE_IF_NOT_OLDER = `
local known = redis.call('GET', KEYS[2])
if known then
  local ok, config = pcall(cjson.decode, known)
  if ok and type(config) == 'table' and (tonumber(config.version) or 0) > tonumber(ARGV[1]) then return 0 end
end
redis.call('SET', KEYS[2], ARGV[3])
if ARGV[4] == '0' then
  redis.call('SET', KEYS[1], ARGV[2])
else
  redis.call('SET', KEYS[1], ARGV[2], 'EX', ARGV[4])
end
return 1`;

/** Puts the switch where SDKs read it. */
@Injectable()
export class TracingPublisher {
  private readonly redis: RedisCommands;

  constructor(@Inject(REDIS) redis: RedisCommands) {
    this.redis = redis;
  }

  /**
   * @returns whether Redis holds this state now; false when it holds a newer one
   * @throws while Redis is away
   */
  async write(state: SwitchState): Promise<boolean> {
    const { projectId, version, enabled } = state;
    const config = JSON.stringify({ version, enabled, full: false, sampling: null });
    const written = await this.redis.eval(
      WRITE_IF_NOT_OLDER,
      2,
      tracingEnabledKey(projectId),
      tracingConfigKey(projectId),
      version,
      String(enabled),
      config,
      enabled ? ENABLED_TTL_SECONDS : 0,
    );
    return written === 1;
  }

  /** Tells processes that listen to look now. */
  async announce({ projectId, version }: SwitchState): Promise<void> {
    await this.redis.publish(TRACING_CHANGES_CHANNEL, JSON.stringify({ project_id: projectId, version }));
  }
}
