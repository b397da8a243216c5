import type { EntityManager } from 'typeorm';
import type { TraceWriter } from '../../traces/index.ts';
import type { Refused } from '../refused/dead-letter-store.ts';
import type { StorableEvent } from '../decoding/entry-decoder.ts';
import type { RefusalReason } from '../decoding/refusal.ts';
import { isDataError, isWorthSplitting, reasonOfDataError, sqlStateOf } from './data-error.ts';
import { hasOnlyJson } from './payload-check.ts';

/** An event the database refused. */
export interface FailedEvent {
  readonly event: StorableEvent;
  readonly reason: RefusalReason;
  readonly detail: string;
}

const SAVEPOINT = 'before_events';

/** Where the events go. */
export interface SplittingTarget {
  readonly manager: EntityManager;
  readonly writer: TraceWriter;
  /** Called before each attempt: it is not stuck. */
  tick?(): void;
}

/**
 * Stores what the database takes, as part of the caller's transaction: leaves out what is not JSON, and halves what is
 * refused without such a reason until the bad events are alone.
 * @throws what trying again may cure
 */
export async function storeSplitting(
  target: SplittingTarget,
  events: readonly StorableEvent[],
): Promise<FailedEvent[]> {
  if (events.length === 0) return [];
  const { manager, writer } = target;
  target.tick?.();
  await manager.query(`SAVEPOINT ${SAVEPOINT}`);
  try {
    await writer.store(
      manager,
      events.map(({ event }) => event),
    );
    await manager.query(`RELEASE SAVEPOINT ${SAVEPOINT}`);
    return [];
  } catch (error) {
    if (!isWorthSplitting(error)) throw error;
    await manager.query(`ROLLBACK TO SAVEPOINT ${SAVEPOINT}`);
    await manager.query(`RELEASE SAVEPOINT ${SAVEPOINT}`);
    const bad = new Set(isDataError(error) ? events.filter(({ event }) => !hasOnlyJson(event)) : []);
    if (bad.size > 0) {
      const others = events.filter((event) => !bad.has(event));
      return [...[...bad].map(notJson), ...(await storeSplitting(target, others))];
    }
    const [only] = events;
    if (events.length === 1 && only !== undefined) return [failedEvent(error, only)];
    const middle = Math.ceil(events.length / 2);
    const first = await storeSplitting(target, events.slice(0, middle));
    return [...first, ...(await storeSplitting(target, events.slice(middle)))];
  }
}

/** As it is put down as a dead letter. */
export function refusedOf({ event, reason, detail }: FailedEvent): Refused {
  const { entryId, index, raw } = event;
  return { projectId: event.event.projectId, entryId, index, reason, detail, raw: raw() };
}

const notJson = (event: StorableEvent): FailedEvent => ({
  event,
  reason: 'invalid_json',
  detail: 'a payload is not JSON',
});

function failedEvent(error: unknown, event: StorableEvent): FailedEvent {
  if (!isDataError(error)) throw error;
  const message = error instanceof Error ? error.message : String(error);
  return { event, reason: reasonOfDataError(error), detail: `${sqlStateOf(error) ?? ''} ${message}` };
}
