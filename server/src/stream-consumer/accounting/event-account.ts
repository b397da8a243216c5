import type { EntityManager } from 'typeorm';
import { textsOf } from '../../database/sql-rows.ts';
import type { Clock } from '../../kernel/clock.ts';
import { NIL_UUID } from '../../kernel/uuid.ts';
import { isObservedId, isServerInstance } from '../../traces/index.ts';
import type { EntryIdentity, EntryOutcome } from '../storing/entry-outcome.ts';
import {
  ADD_HOURS,
  ADD_SINGLE_ENTRIES,
  ADD_TOTALS,
  FIND_KNOWN,
  LOCK_PRODUCERS,
  SAVE_PRODUCERS,
} from './account-sql.ts';
import { AccountTally, type EventCounts } from './account-tally.ts';
import { producerRowsOf } from './account-row-decoder.ts';
import { countAll, type ProducerKey, ProducerState } from './producer-state.ts';

/** The hour in which an entry from the future is counted: who writes to the stream may choose its time. */
const MAX_AHEAD_MS = 3_600_000;
/** Instance of what comes from no known process. */
const NO_INSTANCE = '';

/** An entry whose numbers can be believed, and what they are. */
interface Numbers {
  readonly instanceId: string;
  readonly first: number;
  /** The number after the last. */
  readonly after: number;
}

/**
 * The event account: received = stored + duplicate + rejected + switched off, in events. A numbered event
 * counts once by its number. Entries without numbers, and those a server process numbered itself (it never sends one
 * twice), count once by their id.
 */
export class EventAccount {
  private readonly clock: Clock;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  /**
   * For the start of the transaction. Locks nothing, so of two writers with the same entry both may be told it is new;
   * `record` counts it once all the same.
   * @returns ids of the entries that were committed before, all of their events: they need not be stored again
   */
  async findKnown(manager: EntityManager, entries: readonly EntryIdentity[]): Promise<ReadonlySet<string>> {
    if (entries.length === 0) return new Set();
    const numbers = entries.map(numbersOf);
    const rows: unknown = await manager.query(FIND_KNOWN, [
      entries.map(({ entryId }) => entryId),
      entries.map(({ projectId }) => projectId),
      entries.map(({ isVerified }) => isVerified),
      numbers.map((it) => it?.instanceId ?? null),
      numbers.map((it) => it?.first ?? null),
      numbers.map((it) => it?.after ?? null),
    ]);
    return new Set(textsOf(rows, 'entry_id'));
  }

  /**
   * For the end of the transaction: the producers' rows stay locked until it ends. Counts every event of every entry once.
   * @param outcomes of all entries of the batch, also of the known ones
   */
  async record(manager: EntityManager, outcomes: readonly EntryOutcome[]): Promise<void> {
    const tally = new AccountTally();
    const numbered: [EntryOutcome, Numbers][] = [];
    const single: EntryOutcome[] = [];
    for (const outcome of outcomes) {
      const numbers = numbersOf(outcome);
      if (numbers === null) single.push(outcome);
      else numbered.push([outcome, numbers]);
    }
    await this.recordNumbered(manager, numbered, tally);
    await this.recordSingle(manager, single, tally);
    if (outcomes.length > 0) await addUp(manager, tally);
  }

  private async recordNumbered(
    manager: EntityManager,
    entries: readonly (readonly [EntryOutcome, Numbers])[],
    tally: AccountTally,
  ): Promise<void> {
    if (entries.length === 0) return;
    const producers = await this.lockProducers(manager, entries);
    for (const [outcome, { instanceId, first }] of entries) {
      const producer = producers.get(keyOf({ ...outcome, instanceId }));
      if (producer === undefined) throw new Error('A producer that was locked is not there');
      const hour = tally.of(outcome.projectId, instanceId, this.accountedMs(outcome));
      producer.count(outcome, first, hour);
    }
    await this.saveProducers(
      manager,
      [...producers.values()].filter(({ hasChanged }) => hasChanged),
    );
  }

  private async lockProducers(
    manager: EntityManager,
    entries: readonly (readonly [EntryOutcome, Numbers])[],
  ): Promise<Map<string, ProducerState>> {
    const keys = new Map<string, ProducerKey>();
    for (const [{ projectId, isVerified }, { instanceId }] of entries) {
      const key = { projectId, isVerified, instanceId };
      keys.set(keyOf(key), key);
    }
    const wanted = [...keys.values()];
    const rows: unknown = await manager.query(LOCK_PRODUCERS, [
      wanted.map(({ projectId }) => projectId),
      wanted.map(({ isVerified }) => isVerified),
      wanted.map(({ instanceId }) => instanceId),
      this.clock.now(),
    ]);
    return new Map(producerRowsOf(rows).map((row) => [keyOf(row), new ProducerState(row)]));
  }

  private async saveProducers(manager: EntityManager, producers: readonly ProducerState[]): Promise<void> {
    if (producers.length === 0) return;
    await manager.query(SAVE_PRODUCERS, [
      producers.map(({ key }) => key.projectId),
      producers.map(({ key }) => key.isVerified),
      producers.map(({ key }) => key.instanceId),
      producers.map(({ seen }) => seen.toString()),
      producers.map(({ seen }) => seen.count),
      producers.map(({ highest }) => highest),
      producers.map(({ givenUp }) => givenUp),
      producers.map(({ forgottenBelow }) => forgottenBelow),
      producers.map(({ counters }) => counters),
      this.clock.now(),
    ]);
  }

  private async recordSingle(
    manager: EntityManager,
    entries: readonly EntryOutcome[],
    tally: AccountTally,
  ): Promise<void> {
    if (entries.length === 0) return;
    const rows: unknown = await manager.query(ADD_SINGLE_ENTRIES, [
      entries.map(({ projectId }) => projectId),
      entries.map(({ entryId }) => entryId),
      entries.map(({ receivedMs }) => new Date(receivedMs).toISOString()),
      this.clock.now(),
    ]);
    const fresh = new Set(textsOf(rows, 'entry_id'));
    for (const sent of entries) {
      // What a stranger's entry says about itself is not counted: it is one thing that was refused.
      const outcome = sent.projectId === NIL_UUID ? { ...sent, events: 1 } : sent;
      const hour = tally.of(outcome.projectId, NO_INSTANCE, this.accountedMs(outcome));
      hour.received += outcome.events;
      if (!outcome.isVerified) hour.unverified += outcome.events;
      if (fresh.delete(outcome.entryId)) countAll(outcome, hour);
      else hour.duplicate += outcome.events;
    }
  }

  private accountedMs({ receivedMs }: EntryOutcome): number {
    return Math.min(receivedMs, this.clock.nowMs() + MAX_AHEAD_MS);
  }
}

function numbersOf({ projectId, instanceId, firstSeq, events }: EntryIdentity): Numbers | null {
  if (projectId === NIL_UUID || instanceId === null || firstSeq === null) return null;
  if (!isObservedId(instanceId) || isServerInstance(instanceId)) return null;
  const after = firstSeq + events;
  if (firstSeq < 1 || events < 1 || !Number.isSafeInteger(after)) return null;
  return { instanceId, first: firstSeq, after };
}

const keyOf = ({ projectId, isVerified, instanceId }: ProducerKey): string =>
  `${projectId} ${String(isVerified)} ${instanceId}`;

async function addUp(manager: EntityManager, { hours, projects }: AccountTally): Promise<void> {
  await manager.query(ADD_HOURS, [
    hours.map(({ projectId }) => projectId),
    hours.map(({ instanceId }) => instanceId),
    hours.map(({ hourMs }) => new Date(hourMs).toISOString()),
    ...columnsOf(hours),
  ]);
  await manager.query(ADD_TOTALS, [projects.map(({ projectId }) => projectId), ...columnsOf(projects)]);
}

function columnsOf(counts: readonly EventCounts[]): unknown[][] {
  return [
    counts.map(({ received }) => received),
    counts.map(({ stored }) => stored),
    counts.map(({ duplicate }) => duplicate),
    counts.map(({ unverified }) => unverified),
    counts.map(({ rejected }) => JSON.stringify(Object.fromEntries(rejected))),
    counts.map(({ switchedOff }) => JSON.stringify(Object.fromEntries(switchedOff))),
  ];
}
