import type { DataSource, EntityManager } from 'typeorm';
import type { TraceWriter } from '../../traces/index.ts';
import type { EntryIdentity, EntryOutcome } from './entry-outcome.ts';
import type { DeadLetterStore, Refused } from '../dead-letters/dead-letter-store.ts';
import type { StorableEvent } from '../decoding/entry-decoder.ts';
import { faultsOf, outcomesOf, type StoredBatch, traceKeyOf } from './batch-outcome.ts';
import type { Breaker } from './breaker.ts';
import { isDataError, isWorthSplitting, reasonOfDataError, sqlStateOf } from './data-error.ts';
import type { PreparedBatch, PreparedEntry } from './entry-preparer.ts';

export interface SignatureLedger {
  markSigned(manager: EntityManager, projectId: string, at: Date): Promise<void>;
  evict(projectId: string): void;
}

/** Counts every event once (protocol 1.5). */
export interface BatchAccount {
  /** Ids of the entries that were stored before as a whole: they are not stored again. */
  findKnown(manager: EntityManager, entries: readonly EntryIdentity[]): Promise<ReadonlySet<string>>;
  record(manager: EntityManager, outcomes: readonly EntryOutcome[]): Promise<void>;
}

/** That a trace was heard of. */
export interface TraceMoment {
  readonly projectId: string;
  readonly traceId: string;
  /** Redis time, ms since 1970. */
  readonly receivedMs: number;
}

/** Knows which traces began while tracing was off. Keys are `project/trace`. */
export interface TraceGate {
  mayDrop(projectId: string, receivedMs: number): Promise<boolean>;
  findSwitchedOff(manager: EntityManager, moments: readonly TraceMoment[]): Promise<ReadonlySet<string>>;
}

export interface BatchWriterParts {
  dataSource: DataSource;
  traceWriter: TraceWriter;
  deadLetters: DeadLetterStore;
  signatures: SignatureLedger;
  account: BatchAccount;
  gate: TraceGate;
  breaker: Breaker;
}

/** Who watches a transaction. */
export interface WriteWatcher {
  /** Called between statements: the writer is not stuck. */
  tick(): void;
  /** Called when all is written and nothing is promised yet. */
  beforeCommit(): void;
}

const SAVEPOINT = 'before_events';

/** Stores a batch in one transaction: all that can be stored, and a dead letter for each event that cannot. */
export class BatchWriter {
  private readonly parts: BatchWriterParts;

  constructor(parts: BatchWriterParts) {
    this.parts = parts;
  }

  /**
   * @returns what became of it
   * @throws what trying again may cure, or BreakerOpenError; nothing was stored then
   */
  async write(batch: PreparedBatch, watcher: WriteWatcher): Promise<StoredBatch> {
    const { dataSource, breaker, signatures } = this.parts;
    const stored = await dataSource.transaction('READ COMMITTED', async (manager) => {
      const result = await this.writeInto(manager, batch, watcher);
      breaker.judge(faultsOf(batch.entries, result));
      watcher.beforeCommit();
      return result;
    });
    for (const projectId of batch.firstSignatures.keys()) signatures.evict(projectId);
    return stored;
  }

  /** Tables in one fixed order; the producers' rows, which writers share, last and so for the shortest time. */
  private async writeInto(
    manager: EntityManager,
    { entries, firstSignatures }: PreparedBatch,
    watcher: WriteWatcher,
  ): Promise<StoredBatch> {
    const { account, deadLetters, signatures } = this.parts;
    const identities = entries.map(({ identity }) => identity);
    const known = await account.findKnown(manager, identities);
    const fresh = entries.filter(({ identity }) => !known.has(identity.entryId));
    watcher.tick();
    for (const [projectId, atMs] of [...firstSignatures].sort()) {
      await signatures.markSigned(manager, projectId, new Date(atMs));
    }
    const switchedOff = await this.findSwitchedOff(manager, fresh);
    watcher.tick();
    const events = fresh.flatMap((entry) => entry.events);
    const wanted = switchedOff.size === 0 ? events : events.filter((e) => !switchedOff.has(traceKeyOf(e)));
    const failed = await this.storeEvents(manager, wanted, watcher);
    const refused = [...fresh.flatMap((entry) => entry.refused), ...failed];
    await deadLetters.store(manager, refused);
    watcher.tick();
    const result = { known, refused, failed, switchedOff };
    await account.record(manager, outcomesOf(entries, result));
    return result;
  }

  private async findSwitchedOff(
    manager: EntityManager,
    entries: readonly PreparedEntry[],
  ): Promise<ReadonlySet<string>> {
    const moments: TraceMoment[] = [];
    for (const { identity, receivedMs, events } of entries) {
      if (events.length === 0 || !(await this.parts.gate.mayDrop(identity.projectId, receivedMs))) continue;
      for (const { event } of events) {
        moments.push({ projectId: event.projectId, traceId: event.trace.id, receivedMs });
      }
    }
    return moments.length === 0 ? new Set() : this.parts.gate.findSwitchedOff(manager, moments);
  }

  /** Halves what the database refuses until the bad events are alone. */
  private async storeEvents(
    manager: EntityManager,
    events: readonly StorableEvent[],
    watcher: WriteWatcher,
  ): Promise<Refused[]> {
    if (events.length === 0) return [];
    watcher.tick();
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
      const first = await this.storeEvents(manager, events.slice(0, middle), watcher);
      return [...first, ...(await this.storeEvents(manager, events.slice(middle), watcher))];
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
