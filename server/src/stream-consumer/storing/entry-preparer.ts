import { DEFAULT_INSTANCE } from '../../heartbeat/index.ts';
import type { EntryIdentity } from './entry-outcome.ts';
import { rawOfEntry } from '../decoding/raw-bytes.ts';
import type { Refused } from '../refused/dead-letter-store.ts';
import {
  decodeAdmitted,
  type StorableEvent,
  type StorableGraph,
  WHOLE_ENTRY,
} from '../decoding/entry-decoder.ts';
import { receivedMsOf, type StreamEntry } from '../reading/stream-reader.ts';
import type { EntryAdmission, FirstSignatures } from './entry-admission.ts';
import { countersOf, numbersOf, WITHOUT_NUMBERS } from './entry-numbers.ts';

export interface InstanceActivity {
  readonly projectId: string;
  readonly instanceId: string;
  readonly at: Date;
}

/** An entry, judged and decoded. */
export interface PreparedEntry {
  readonly identity: EntryIdentity;
  readonly receivedMs: number;
  readonly counters: Readonly<Record<string, unknown>> | null;
  /**
   * Whether its numbers tell it for certain: a producer that signs for itself never uses one again. What a program posts
   * over HTTP is signed by us, and nobody vouches for its numbers. One that is not even looked into has only its id.
   */
  readonly isRecognisable: boolean;
  readonly events: readonly StorableEvent[];
  readonly graphs: readonly StorableGraph[];
  readonly refused: readonly Refused[];
  /** Whose sign of life it is; null where the entry was refused as a whole. */
  readonly activity: InstanceActivity | null;
}

/** Content of some entries, ready for one transaction. */
export interface PreparedBatch {
  readonly entries: readonly PreparedEntry[];
  readonly firstSignatures: FirstSignatures;
}

/** Finds out whose entries are and what is in them. */
export class EntryPreparer {
  private readonly admission: EntryAdmission;
  private turn: Promise<unknown> = Promise.resolve();

  constructor(admission: EntryAdmission) {
    this.admission = admission;
  }

  /** One batch after the other, as they are asked for: what is signed first decides over what is not signed later. */
  prepare(entries: readonly StreamEntry[]): Promise<PreparedBatch> {
    const prepared = this.turn.then(() => this.prepareAll(entries));
    this.turn = prepared.catch(() => undefined);
    return prepared;
  }

  private async prepareAll(entries: readonly StreamEntry[]): Promise<PreparedBatch> {
    const firstSignatures: FirstSignatures = new Map();
    const prepared: PreparedEntry[] = [];
    for (const entry of entries) prepared.push(await this.prepareOne(entry, firstSignatures));
    return { entries: prepared, firstSignatures };
  }

  private async prepareOne(entry: StreamEntry, firstSignatures: FirstSignatures): Promise<PreparedEntry> {
    const admission = await this.admission.admit(entry, firstSignatures);
    const { projectId } = admission;
    if (!admission.ok) return refusedWhole(entry, admission);
    const { instanceId, events, graphs, refused } = decodeAdmitted(entry, admission);
    const receivedMs = receivedMsOf(entry.id);
    return {
      identity: { entryId: entry.id, projectId, isVerified: admission.isSigned, ...numbersOf(entry) },
      receivedMs,
      counters: countersOf(entry),
      isRecognisable: admission.isSigned && !admission.isFromServer,
      events,
      graphs,
      refused: refused.map((event) => ({ projectId, ...event })),
      activity: { projectId, instanceId: instanceId ?? DEFAULT_INSTANCE, at: new Date(receivedMs) },
    };
  }
}

/** What an entry that is not even looked into counts as: one event without a number. */
export function refusedWhole(
  entry: StreamEntry,
  refusal: Pick<Refused, 'projectId' | 'reason' | 'detail'>,
): PreparedEntry {
  const { projectId } = refusal;
  const raw = rawOfEntry(entry);
  const { reason, detail } = refusal;
  return {
    identity: { entryId: entry.id, projectId, isVerified: false, ...WITHOUT_NUMBERS },
    receivedMs: receivedMsOf(entry.id),
    counters: null,
    isRecognisable: true,
    events: [],
    graphs: [],
    refused: [{ projectId, entryId: entry.id, index: WHOLE_ENTRY, reason, detail, raw }],
    activity: null,
  };
}
