import type { Level, Status } from 'swisper-studio/contract';
import { moreSevere } from '../merging/merged-row.ts';

/** A trace that never says it ended counts as ended when its root observations have and it was idle this long. */
export const INFERRED_END_IDLE_MS = 60_000;
/** A trace that is still open and was idle this long will not go on. */
export const INCOMPLETE_IDLE_MS = 3_600_000;

/** What is known of a trace and, summed up, of its observations. A root is an observation without a known parent. */
export interface TraceFacts {
  readonly hasEnd: boolean;
  readonly reportedStatus: string | null;
  readonly ownLevel: Level | null;
  readonly observationLevel: Level | null;
  readonly roots: number;
  readonly openRoots: number;
  readonly failedRoots: number;
  readonly interruptedRoots: number;
  /** Time since anything of the trace arrived. */
  readonly idleMs: number;
  /** Whether the process that ran it stopped or went silent. */
  readonly isInstanceGone: boolean;
}

export function traceStatus(facts: TraceFacts): Status {
  const isFailed = facts.reportedStatus === 'error' || facts.ownLevel === 'ERROR';
  if (facts.hasEnd) {
    if (isFailed) return 'error';
    return reportedOrOk(facts.reportedStatus);
  }
  if (facts.idleMs < INFERRED_END_IDLE_MS) return 'running';
  if (haveRootsEnded(facts)) {
    if (isFailed || facts.failedRoots > 0) return 'error';
    return facts.reportedStatus === 'interrupted' || facts.interruptedRoots > 0 ? 'interrupted' : 'ok';
  }
  return facts.isInstanceGone || facts.idleMs >= INCOMPLETE_IDLE_MS ? 'incomplete' : 'running';
}

export function haveRootsEnded({ roots, openRoots }: Pick<TraceFacts, 'roots' | 'openRoots'>): boolean {
  return roots > 0 && openRoots === 0;
}

/** Most severe of the trace's own level and its observations'. */
export function traceLevel(facts: Pick<TraceFacts, 'ownLevel' | 'observationLevel'>): Level {
  return moreSevere(facts.ownLevel, facts.observationLevel) ?? 'DEFAULT';
}

/** What is known of one observation. */
export interface ObservationFacts {
  readonly hasEnd: boolean;
  readonly reportedStatus: string | null;
  readonly level: string | null;
}

/** An observation without an end runs as long as its trace does; after that its end will not come. */
export function observationStatus(facts: ObservationFacts, ofTrace: Status): Status {
  if (!facts.hasEnd) return ofTrace === 'running' ? 'running' : 'incomplete';
  if (facts.reportedStatus === 'error' || facts.level === 'ERROR') return 'error';
  return reportedOrOk(facts.reportedStatus);
}

/** Status of what has ended without an error. */
function reportedOrOk(reported: string | null): 'interrupted' | 'incomplete' | 'ok' {
  return reported === 'interrupted' || reported === 'incomplete' ? reported : 'ok';
}
