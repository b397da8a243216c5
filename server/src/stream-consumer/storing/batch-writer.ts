import type { DataSource, EntityManager } from 'typeorm';
import type { ReceivedSpan, TraceMoment } from '../../tracing-config/index.ts';
import type { TraceWriter } from '../../traces/index.ts';
import type { EntryIdentity, EntryOutcome } from './entry-outcome.ts';
import type { DeadLetterStore, Refused } from '../refused/dead-letter-store.ts';
import type { StorableEvent } from '../decoding/entry-decoder.ts';
import { faultsOf, outcomesOf, type StoredBatch, traceKeyOf } from './batch-outcome.ts';
import type { Breaker } from './breaker.ts';
import type { PreparedBatch, PreparedEntry } from './entry-preparer.ts';
import { refusedGraphOf, storeGraphs } from './graph-storing.ts';
import { refusedOf, storeSplitting } from './store-splitting.ts';
import { momentOf, spansOf } from './trace-moments.ts';

export interface SignatureLedger {
  markSigned(manager: EntityManager, projectId: string, at: Date): Promise<void>;
  evict(projectId: string): void;
}

/** Counts every event once. */
export interface BatchAccount {
  /** Ids of the entries that were stored before as a whole: they are not stored again. */
  findKnown(manager: EntityManager, entries: readonly EntryIdentity[]): Promise<ReadonlySet<string>>;
  record(manager: EntityManager, outcomes: readonly EntryOutcome[]): Promise<void>;
}

/** Knows which traces began while tracing was off; see SwitchEnforcement. Keys are `project/trace`. */
export interface TraceGate {
  projectsToJudge(received: ReadonlyMap<string, ReceivedSpan>): Promise<ReadonlySet<string>>;
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

/** How a batch is stored among others. */
export interface StoreCourse {
  /** Called between steps: it is not stuck. */
  tick(): void;
  /** Resolves when all batches that began before this one have ended. */
  readonly earlier: Promise<unknown>;
}

/** Who watches a transaction. */
export interface WriteWatcher extends StoreCourse {
  /** Called when all is written and nothing is promised yet. */
  beforeCommit(): void;
}

const TICK_MS = 1_000;

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
    const judged = await this.parts.gate.projectsToJudge(receivedSpans(batch.entries));
    // What decides over a trace must not be overtaken by what follows from it.
    if (judged.size > 0) await endOf(watcher.earlier, () => watcher.tick());
    const { stored, faults } = await dataSource.transaction('READ COMMITTED', async (manager) => {
      const result = await this.writeInto(manager, { ...batch, judged }, watcher);
      const found = faultsOf(batch.entries, result);
      breaker.judge(found);
      watcher.beforeCommit();
      return { stored: result, faults: found };
    });
    breaker.committed(faults);
    for (const projectId of batch.firstSignatures.keys()) signatures.evict(projectId);
    return stored;
  }

  /** Tables in one fixed order; the producers' rows, which writers share, last and so for the shortest time. */
  private async writeInto(
    manager: EntityManager,
    { entries, firstSignatures, judged }: PreparedBatch & { judged: ReadonlySet<string> },
    watcher: WriteWatcher,
  ): Promise<StoredBatch> {
    const { account, deadLetters, signatures } = this.parts;
    const known = await account.findKnown(
      manager,
      entries.filter(({ isRecognisable }) => isRecognisable).map(({ identity }) => identity),
    );
    const fresh = entries.filter(({ identity }) => !known.has(identity.entryId));
    watcher.tick();
    for (const [projectId, atMs] of [...firstSignatures].sort()) {
      await signatures.markSigned(manager, projectId, new Date(atMs));
    }
    const switchedOff = await this.findSwitchedOff(manager, fresh, judged);
    watcher.tick();
    const events = fresh.flatMap((entry) => entry.events);
    const wanted = switchedOff.size === 0 ? events : events.filter((e) => !switchedOff.has(traceKeyOf(e)));
    const failed = await this.storeEvents(manager, wanted, watcher);
    const failedGraphs = await storeGraphs(
      manager,
      fresh.flatMap((entry) => entry.graphs),
    );
    failed.push(...failedGraphs.map(refusedGraphOf));
    const refused = [...fresh.flatMap((entry) => entry.refused), ...failed];
    const letters = await deadLetters.store(manager, refused);
    watcher.tick();
    const result = { known, refused, failed, switchedOff, letters };
    await account.record(manager, outcomesOf(entries, result));
    return result;
  }

  private async findSwitchedOff(
    manager: EntityManager,
    entries: readonly PreparedEntry[],
    judged: ReadonlySet<string>,
  ): Promise<ReadonlySet<string>> {
    const moments = entries
      .filter(({ identity }) => judged.has(identity.projectId))
      .flatMap(({ events }) => events.map(momentOf));
    return moments.length === 0 ? new Set() : this.parts.gate.findSwitchedOff(manager, moments);
  }

  private async storeEvents(
    manager: EntityManager,
    events: readonly StorableEvent[],
    watcher: WriteWatcher,
  ): Promise<Refused[]> {
    const target = { manager, writer: this.parts.traceWriter, tick: () => watcher.tick() };
    const failed = await storeSplitting(target, events);
    return failed.map(refusedOf);
  }
}

function receivedSpans(entries: readonly PreparedEntry[]): Map<string, ReceivedSpan> {
  const decoded = entries.filter(({ events }) => events.length > 0);
  return spansOf(decoded.map(({ identity: { projectId }, receivedMs }) => ({ projectId, receivedMs })));
}

/** Waits, saying all the while that it is not stuck: what it waits for says so for itself when it is. */
async function endOf(earlier: Promise<unknown>, tick: () => void): Promise<void> {
  const ticking = setInterval(tick, TICK_MS);
  try {
    await earlier;
  } finally {
    clearInterval(ticking);
  }
}
