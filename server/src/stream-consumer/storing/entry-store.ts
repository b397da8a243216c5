import { NIL_UUID } from '../../kernel/uuid.ts';
import { publishMoment } from '../consumer-diagnostics.ts';
import type { StreamEntry } from '../reading/stream-reader.ts';
import type { BatchWriter, StoreCourse } from './batch-writer.ts';
import {
  type EntryPreparer,
  type InstanceActivity,
  type PreparedBatch,
  refusedWhole,
} from './entry-preparer.ts';
import type { IsolationMarks } from './isolation-marks.ts';
import type { RefusalLog } from './refusal-log.ts';
import type { FailureKind } from './store-failure.ts';

/** Told what becomes of batches. Must not throw. */
export interface BatchListener {
  /** After the commit. @param activity newest Redis time per project and instance */
  committed(batch: CommittedBatch, activity: readonly InstanceActivity[]): void;
  /** A batch was not stored and will be tried again. */
  failed(kind: FailureKind): void;
}

export interface CommittedBatch {
  readonly entries: number;
  readonly events: number;
  readonly durationMs: number;
}

export interface EntryStoreParts {
  preparer: EntryPreparer;
  writer: BatchWriter;
  marks: IsolationMarks;
  listener: BatchListener;
  refusals: RefusalLog;
}

/** A process that died so often of an entry alone will not be given it again. */
const MAX_DEATHS = 3;

/** Takes entries into the database: judged, decoded, one transaction. Acknowledging them is the caller's. */
export class EntryStore {
  private readonly parts: EntryStoreParts;

  constructor(parts: EntryStoreParts) {
    this.parts = parts;
  }

  /** @throws what trying again may cure; nothing is stored then */
  async store(entries: readonly StreamEntry[], course: StoreCourse): Promise<void> {
    await this.commit(entries.length, await this.parts.preparer.prepare(entries), course);
  }

  /**
   * The same with one entry that may be what processes die of: the try is noted before and after.
   * @param isRetry an earlier try failed and this process outlived it, so it was no death
   */
  async storeIsolated(entry: StreamEntry, isRetry: boolean, course: StoreCourse): Promise<void> {
    const { marks } = this.parts;
    if (isRetry) await marks.end(entry.id);
    const deaths = (await marks.begin(entry.id)) - 1;
    if (deaths < MAX_DEATHS) await this.store([entry], course);
    else await this.commit(1, crashLoop(entry, deaths), course);
    await marks.end(entry.id);
  }

  /** The try that is under way, however it ends, is no death. Never rejects: without the database nothing is noted. */
  async absolve(entry: StreamEntry): Promise<void> {
    await this.parts.marks.end(entry.id).catch(() => undefined);
  }

  private async commit(entries: number, prepared: PreparedBatch, course: StoreCourse): Promise<void> {
    const { listener, refusals, writer } = this.parts;
    const startedMs = performance.now();
    const beforeCommit = (): void => publishMoment({ point: 'before-commit', entries });
    const { refused, letters } = await writer.write(prepared, { ...course, beforeCommit });
    publishMoment({ point: 'after-commit', entries });
    const events = prepared.entries.reduce((sum, { identity }) => sum + identity.events, 0);
    const batch = { entries, events, durationMs: performance.now() - startedMs };
    listener.committed(batch, newestActivity(prepared));
    refusals.add(
      refused.map(({ reason }) => reason),
      letters,
    );
  }
}

function crashLoop(entry: StreamEntry, deaths: number): PreparedBatch {
  const detail = `The process died ${String(deaths)} times while it tried this entry alone`;
  const refused = refusedWhole(entry, { projectId: NIL_UUID, reason: 'crash_loop', detail });
  return { entries: [refused], firstSignatures: new Map() };
}

function newestActivity({ entries }: PreparedBatch): InstanceActivity[] {
  const newest = new Map<string, InstanceActivity>();
  for (const { activity } of entries) {
    if (activity === null) continue;
    const key = `${activity.projectId}/${activity.instanceId}`;
    const known = newest.get(key);
    if (known === undefined || known.at < activity.at) newest.set(key, activity);
  }
  return [...newest.values()];
}
