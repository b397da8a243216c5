import type { GroupState, StreamState } from '../accounting/stream-state-decoder.ts';
import type { EventAccountAnswer, PipelineWarning, WarningCode } from './observability-dto.ts';

const DAY_MS = 24 * 3_600_000;
const ACTIVE_WITHIN_MS = 60_000;
const MISSING_FOR_MS = 60_000;

/** What is looked at. */
export interface PipelineFacts {
  readonly state: StreamState;
  readonly group: string;
  /** Names of the consumers of that group that are servers of ours. */
  readonly ownConsumers: ReadonlySet<string>;
  /** The answer of INFO; empty where Redis did not say. */
  readonly redisInfo: string;
  readonly accounts: readonly EventAccountAnswer[];
  readonly unverified: ReadonlySet<string>;
  readonly now: Date;
}

/** What an operator should know, most important first. */
export function warningsOf(facts: PipelineFacts): PipelineWarning[] {
  return [...redisWarnings(facts.redisInfo), ...streamWarnings(facts), ...projectWarnings(facts)];
}

function redisWarnings(info: string): PipelineWarning[] {
  const warnings: PipelineWarning[] = [];
  const field = (name: string): string | undefined => new RegExp(`^${name}:(.*?)\r?$`, 'm').exec(info)?.[1];
  if (field('aof_enabled') === '0') {
    warnings.push(warning('redis_no_aof', 'Redis has no append-only file: what waits is lost when it ends'));
  }
  const policy = field('maxmemory_policy');
  if (policy !== undefined && policy !== 'noeviction') {
    warnings.push(warning('redis_evicts', `Redis may evict the stream: maxmemory-policy is ${policy}`));
  }
  return warnings;
}

function streamWarnings({ state, group, ownConsumers }: PipelineFacts): PipelineWarning[] {
  const idle = state.groups.filter((other) => other.name !== group && idleMsOf(other, state.nowMs) > DAY_MS);
  const foreign = state.consumers.filter(
    ({ name, idleMs }) => idleMs < ACTIVE_WITHIN_MS && !ownConsumers.has(name),
  );
  return [
    ...foreign.map(({ name }) =>
      warning(
        'foreign_consumer',
        `Another program, or an older server, reads in our group as ${name.slice(0, 100)}`,
      ),
    ),
    ...idle.map(({ name }) =>
      warning(
        'foreign_group_idle',
        `The group ${name.slice(0, 100)} keeps entries and has not read for a day`,
      ),
    ),
  ];
}

/** A group without consumers is as idle as what it was given last. */
function idleMsOf({ idleMs, lastDeliveredId }: GroupState, nowMs: number): number {
  return idleMs ?? nowMs - Number.parseInt(lastDeliveredId, 10);
}

function projectWarnings({ accounts, unverified, now }: PipelineFacts): PipelineWarning[] {
  const missing = accounts.filter(
    ({ missing_since }) => missing_since !== null && now.getTime() - missing_since.getTime() > MISSING_FOR_MS,
  );
  return [
    ...missing.map((account) =>
      warning(
        'events_missing',
        `${String(account.missing)} numbered events did not arrive`,
        account.project_id,
      ),
    ),
    ...[...unverified].map((id) =>
      warning('unverified_source', 'Events without a signature are accepted', id),
    ),
  ];
}

function warning(code: WarningCode, message: string, projectId: string | null = null): PipelineWarning {
  return { code, message, project_id: projectId };
}
