import type { EntityManager } from 'typeorm';
import type { Clock } from '../../kernel/clock.ts';
import { storableText } from '../../traces/index.ts';
import { DeadLetter } from './dead-letter.entity.ts';
import type { RefusedEvent } from '../decoding/entry-decoder.ts';
import { receivedMsOf } from '../reading/stream-reader.ts';

const DETAIL_MAX_CHARS = 500;

/** A refused event, and under whose name it is kept: the verified project, else the nil UUID. */
export interface Refused extends RefusedEvent {
  readonly projectId: string;
}

/** Keeps what was refused. The same event refused again is the same dead letter. */
export class DeadLetterStore {
  private readonly clock: Clock;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  /** Part of the caller's transaction. */
  async store(manager: EntityManager, refused: readonly Refused[]): Promise<void> {
    if (refused.length === 0) return;
    const rows = refused.map((event) => this.rowOf(event)).sort(byKey);
    await manager.createQueryBuilder().insert().into(DeadLetter).values(rows).orIgnore().execute();
  }

  private rowOf({ projectId, entryId, index, reason, detail, raw }: Refused): DeadLetter {
    return {
      projectId,
      entryId,
      eventIndex: index,
      reason,
      detail: storableText(detail.slice(0, DETAIL_MAX_CHARS)),
      raw: raw.kept,
      rawBytes: raw.bytes,
      receivedAt: new Date(receivedMsOf(entryId)),
      createdAt: this.clock.now(),
    };
  }
}

function byKey(one: DeadLetter, other: DeadLetter): number {
  if (one.projectId !== other.projectId) return one.projectId < other.projectId ? -1 : 1;
  if (one.entryId !== other.entryId) return one.entryId < other.entryId ? -1 : 1;
  return one.eventIndex - other.eventIndex;
}
