import { setTimeout as sleep } from 'node:timers/promises';
import { DEFAULT_INSTANCE } from '../../heartbeat/index.ts';
import type { Clock } from '../../kernel/clock.ts';
import { OncePer } from '../../kernel/once-per.ts';
import type { BatchWriter } from './batch-writer.ts';
import { publishMoment } from '../consumer-diagnostics.ts';
import type { ConsumerLog } from '../consumer-log.ts';
import type { Refused } from '../dead-letters/dead-letter-store.ts';
import { rawOfEntry } from '../dead-letters/dead-letter-raw.ts';
import type { EntryAdmission, FirstSignatures } from './entry-admission.ts';
import { decodeAdmitted, type StorableEvent, WHOLE_ENTRY } from '../decoding/entry-decoder.ts';
import { eventCountOf, receivedMsOf, type StreamEntry, type StreamReader } from '../reading/stream-reader.ts';

/** Told after each commit, for what follows from it. Must not throw. */
export interface CommitListener {
  /** @param activity newest Redis time per project and instance (`default` where the instance is not known) */
  committed(activity: readonly InstanceActivity[]): void;
}

export interface InstanceActivity {
  readonly projectId: string;
  readonly instanceId: string;
  readonly at: Date;
}

export interface EntryProcessorParts {
  reader: StreamReader;
  admission: EntryAdmission;
  writer: BatchWriter;
  listener: CommitListener;
  clock: Clock;
  log: ConsumerLog;
}

/** How a batch is to be worked on. */
export interface Turn {
  signal: AbortSignal;
  /** Called often, also while waiting for a dependency: the loop is not stuck. */
  tick: () => void;
}

export interface BatchLimits {
  events: number;
  bytes: number;
}

const KEEP_CLAIM_MS = 2_000;
const FIRST_PAUSE_MS = 100;
const MAX_PAUSE_MS = 1_000;
const LOG_EVERY_MS = 5_000;

/** Content of some entries, ready for one transaction. */
interface Prepared {
  events: StorableEvent[];
  refused: Refused[];
  firstSignatures: FirstSignatures;
  activity: Map<string, InstanceActivity>;
}

/** Takes entries to the database and acknowledges them: decode, one transaction, commit, acknowledge. */
export class EntryProcessor {
  private readonly parts: EntryProcessorParts;
  private readonly limits: BatchLimits;
  private readonly maySay = new OncePer(LOG_EVERY_MS);

  constructor(parts: EntryProcessorParts, limits: BatchLimits) {
    this.parts = parts;
    this.limits = limits;
  }

  /**
   * Stores and acknowledges all of them, in as many transactions as the limits ask for. While the database is away it
   * keeps them and tries again; the only way out without them is the signal.
   */
  async process(entries: readonly StreamEntry[], turn: Turn): Promise<void> {
    const waiting = entries.map(({ id }) => id);
    const keepAlive = setInterval(() => this.keepClaims(waiting), KEEP_CLAIM_MS);
    try {
      for (const group of groupsWithin(entries, this.limits)) {
        await this.storeUntilDone(group, turn);
        await this.parts.reader.acknowledge(group.map(({ id }) => id));
        publishMoment({ point: 'after-ack', entries: group.length });
        waiting.splice(0, group.length);
      }
    } finally {
      clearInterval(keepAlive);
    }
  }

  private keepClaims(ids: readonly string[]): void {
    this.parts.reader.keepClaims([...ids]).catch((error: unknown) => {
      this.parts.log.warn({ err: error }, 'Entries that are being stored could not be kept');
    });
  }

  private async storeUntilDone(entries: readonly StreamEntry[], { signal, tick }: Turn): Promise<void> {
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, MAX_PAUSE_MS)) {
      tick();
      try {
        return await this.storeOnce(entries);
      } catch (error) {
        if (signal.aborted) throw error;
        this.sayFailure(error, entries.length);
        await sleep(pauseMs * (0.5 + Math.random() / 2), undefined, { signal }).catch(() => undefined);
      }
    }
  }

  private sayFailure(error: unknown, entries: number): void {
    if (!this.maySay.allows(this.parts.clock.nowMs())) return;
    this.parts.log.warn({ err: error, entries }, 'Entries are not stored yet, trying again');
  }

  private async storeOnce(entries: readonly StreamEntry[]): Promise<void> {
    const prepared = await this.prepare(entries);
    const count = entries.length;
    const refused = await this.parts.writer.write({ entries: count, ...prepared }, () =>
      publishMoment({ point: 'before-commit', entries: count }),
    );
    publishMoment({ point: 'after-commit', entries: count });
    this.parts.listener.committed([...prepared.activity.values()]);
    if (refused.length > 0) {
      const reasons = [...new Set(refused.map(({ reason }) => reason))];
      this.parts.log.warn(
        { refused: refused.length, reasons },
        'Events were refused and kept as dead letters',
      );
    }
  }

  private async prepare(entries: readonly StreamEntry[]): Promise<Prepared> {
    const prepared: Prepared = { events: [], refused: [], firstSignatures: new Map(), activity: new Map() };
    for (const entry of entries) await this.prepareOne(entry, prepared);
    return prepared;
  }

  private async prepareOne(entry: StreamEntry, prepared: Prepared): Promise<void> {
    const admission = await this.parts.admission.admit(entry, prepared.firstSignatures);
    const { projectId } = admission;
    if (!admission.ok) {
      const { reason, detail } = admission;
      const raw = rawOfEntry(entry);
      prepared.refused.push({ projectId, entryId: entry.id, index: WHOLE_ENTRY, reason, detail, raw });
      return;
    }
    const { instanceId, events, refused } = decodeAdmitted(entry, admission);
    for (const event of events) prepared.events.push(event);
    for (const event of refused) prepared.refused.push({ projectId, ...event });
    const instance = instanceId ?? DEFAULT_INSTANCE;
    const at = new Date(receivedMsOf(entry.id));
    prepared.activity.set(`${projectId}/${instance}`, { projectId, instanceId: instance, at });
  }
}

/** Consecutive entries that fit into one transaction; one that is too large alone goes alone. */
function groupsWithin(entries: readonly StreamEntry[], limits: BatchLimits): StreamEntry[][] {
  const groups: StreamEntry[][] = [];
  let events = 0;
  let bytes = 0;
  for (const entry of entries) {
    const count = eventCountOf(entry.fields.get('n')?.toString('latin1'));
    const last = groups.at(-1);
    if (last === undefined || events + count > limits.events || bytes + entry.bytes > limits.bytes) {
      groups.push([entry]);
      events = 0;
      bytes = 0;
    } else last.push(entry);
    events += count;
    bytes += entry.bytes;
  }
  return groups;
}
