import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { CLOCK, type Clock } from '../kernel/clock.ts';
import type { SwitchHistory } from './switch-history.ts';
import { SwitchHistories } from './switch-histories.ts';
import { type Begun, keyOf, type Remembered, SwitchedOffMemory } from './switched-off-memory.ts';

/** An event of a trace reached Redis. */
export interface TraceMoment {
  readonly projectId: string;
  /** The stored UUID. */
  readonly traceId: string;
  /** Redis' time of the entry, ms since 1970. */
  readonly receivedMs: number;
}

/** Redis' times of the oldest and the newest entry of a project in a batch, ms since 1970. */
export interface ReceivedSpan {
  readonly oldestMs: number;
  readonly newestMs: number;
}

/** How long traces that began while off are remembered; longer ones are taken for new. */
export const MEMORY_MS = 24 * 60 * 60_000;

/**
 * Drops what should not have been sent: a trace that began while tracing was on is stored to its end, one that began while
 * it was off is dropped to its end. Redis' time of a trace's earliest entry decides; a trace with a row has begun while on.
 *
 * In a process that stores several batches at the same time, those that are to be judged must be stored in the order of
 * the stream: the entry that decides must not be overtaken by one that follows from it.
 */
@Injectable()
export class SwitchEnforcement {
  private readonly histories: SwitchHistories;
  private readonly clock: Clock;
  private readonly memory = new SwitchedOffMemory();

  constructor(histories: SwitchHistories, @Inject(CLOCK) clock: Clock) {
    this.histories = histories;
    this.clock = clock;
  }

  /**
   * Projects of a batch whose traces must be judged, all of them; none on the hot path. At most one small query for all.
   * To be asked before the batch's transaction.
   * @throws while the database is away
   */
  async projectsToJudge(received: ReadonlyMap<string, ReceivedSpan>): Promise<ReadonlySet<string>> {
    const judged = new Set<string>();
    const ask = async ([projectId, { oldestMs, newestMs }]: [string, ReceivedSpan]): Promise<void> => {
      const history = await this.histories.of(projectId, newestMs);
      if (history.wasOffSince(oldestMs - MEMORY_MS)) judged.add(projectId);
    };
    await Promise.all([...received].map(ask));
    return judged;
  }

  /**
   * Part of the batch's transaction: once, before its rows are written. Writers that judge the same project at the same
   * time wait for each other, if one of them finds traces that began while off.
   * @param moments of all the batch's events of projects to be judged
   * @returns `project/trace` of traces whose events are to be dropped and counted; they are remembered
   */
  async findSwitchedOff(
    manager: EntityManager,
    moments: readonly TraceMoment[],
  ): Promise<ReadonlySet<string>> {
    const begun = await this.beginnings(moments);
    if (begun.length === 0) return new Set();
    await this.memory.lock(manager, begun);
    const known = await this.memory.lookUp(manager, begun);
    const off = begun.filter((trace) => isOff(trace, known.get(keyOf(trace))));
    const offKeys = new Set(off.map(keyOf));
    const mistaken = begun.filter((trace) => {
      const remembered = known.get(keyOf(trace))?.firstReceivedMs ?? null;
      return remembered !== null && !offKeys.has(keyOf(trace));
    });
    await this.memory.remember(manager, off, this.clock.now());
    await this.memory.forget(manager, mistaken);
    return offKeys;
  }

  /** The earliest moment of each trace, in the order of their keys, with what the history says of it. */
  private async beginnings(moments: readonly TraceMoment[]): Promise<Begun[]> {
    const earliest = new Map<string, TraceMoment>();
    const newestMs = new Map<string, number>();
    for (const moment of moments) {
      const key = keyOf(moment);
      const before = earliest.get(key);
      if (before === undefined || moment.receivedMs < before.receivedMs) earliest.set(key, moment);
      const { projectId, receivedMs } = moment;
      newestMs.set(projectId, Math.max(receivedMs, newestMs.get(projectId) ?? -Infinity));
    }
    const histories = new Map<string, SwitchHistory>();
    for (const [projectId, ms] of newestMs) histories.set(projectId, await this.histories.of(projectId, ms));
    return [...earliest]
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([, { projectId, traceId, receivedMs }]) => {
        const wasOn = histories.get(projectId)?.isOnAt(receivedMs) ?? true;
        return { projectId, traceId, receivedMs, wasOn };
      });
  }
}

/** A row was made by an earlier entry while on; what was dropped before may turn out to have begun earlier still. */
function isOff(trace: Begun, known: Remembered | undefined): boolean {
  if (known?.isStored === true) return false;
  if (trace.wasOn && known !== undefined && known.firstReceivedMs !== null) {
    return trace.receivedMs >= known.firstReceivedMs;
  }
  return !trace.wasOn;
}
