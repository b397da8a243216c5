import type { DataSource, EntityManager } from 'typeorm';
import type { TraceWriter } from '../../traces/index.ts';
import { isDataError, isWorthSplitting, reasonOfDataError, sqlStateOf } from './data-error.ts';
import type { DeadLetterStore, Refused } from '../dead-letters/dead-letter-store.ts';
import type { FirstSignatures } from './entry-admission.ts';
import type { StorableEvent } from '../decoding/entry-decoder.ts';

/** Everything one transaction stores. */
export interface Batch {
  readonly entries: number;
  readonly events: readonly StorableEvent[];
  readonly refused: readonly Refused[];
  readonly firstSignatures: FirstSignatures;
}

export interface SignatureLedger {
  markSigned(manager: EntityManager, projectId: string, at: Date): Promise<void>;
  evict(projectId: string): void;
}

export interface BatchWriterParts {
  dataSource: DataSource;
  traceWriter: TraceWriter;
  deadLetters: DeadLetterStore;
  signatures: SignatureLedger;
}

const SAVEPOINT = 'before_events';

/** Stores a batch in one transaction: all that can be stored, and a dead letter for each event that cannot. */
export class BatchWriter {
  private readonly parts: BatchWriterParts;

  constructor(parts: BatchWriterParts) {
    this.parts = parts;
  }

  /**
   * @param beforeCommit called when all is written and nothing is promised yet
   * @returns what was refused, by the decoder or by the database
   * @throws what trying again may cure; nothing was stored then
   */
  async write(batch: Batch, beforeCommit: () => void): Promise<readonly Refused[]> {
    const { dataSource, deadLetters, signatures } = this.parts;
    const refused = await dataSource.transaction('READ COMMITTED', async (manager) => {
      for (const [projectId, atMs] of [...batch.firstSignatures].sort()) {
        await signatures.markSigned(manager, projectId, new Date(atMs));
      }
      const all = [...batch.refused, ...(await this.storeEvents(manager, batch.events))];
      await deadLetters.store(manager, all);
      beforeCommit();
      return all;
    });
    for (const projectId of batch.firstSignatures.keys()) signatures.evict(projectId);
    return refused;
  }

  /** Halves what the database refuses until the bad events are alone. */
  private async storeEvents(manager: EntityManager, events: readonly StorableEvent[]): Promise<Refused[]> {
    if (events.length === 0) return [];
    await manager.query(`SAVEPOINT ${SAVEPOINT}`);
    try {
      await this.parts.traceWriter.store(
        manager,
        events.map(({ event }) => event),
      );
      await manager.query(`RELEASE SAVEPOINT ${SAVEPOINT}`);
      return [];
    } catch (error) {
      if (!isWorthSplitting(error)) throw error;
      await manager.query(`ROLLBACK TO SAVEPOINT ${SAVEPOINT}`);
      await manager.query(`RELEASE SAVEPOINT ${SAVEPOINT}`);
      const [only] = events;
      if (events.length === 1 && only !== undefined) return [refusedBy(error, only)];
      const middle = Math.ceil(events.length / 2);
      const first = await this.storeEvents(manager, events.slice(0, middle));
      return [...first, ...(await this.storeEvents(manager, events.slice(middle)))];
    }
  }
}

function refusedBy(error: unknown, { entryId, index, event, raw }: StorableEvent): Refused {
  if (!isDataError(error)) throw error;
  const message = error instanceof Error ? error.message : String(error);
  return {
    projectId: event.projectId,
    entryId,
    index,
    reason: reasonOfDataError(error),
    detail: `${sqlStateOf(error) ?? ''} ${message}`,
    raw: raw(),
  };
}
