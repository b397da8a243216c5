import { decodeHeartbeat } from 'swisper-studio/contract';
import { checkHeartbeat, type HeartbeatStore } from '../../heartbeat/index.ts';
import { momentOf } from '../../http/time-text.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { StreamEntry } from '../reading/stream-reader.ts';
import type { Admission } from '../storing/entry-admission.ts';
import { isDataError } from '../storing/data-error.ts';
import type { HeartbeatPage } from './heartbeat-reader.ts';

/**
 * A beat whose sender says that it is older than this, when it reached Redis, is the copy of an old one (or its clock is
 * that wrong): no sign of life.
 */
const STALE_MS = 3_600_000;

export type HeartbeatRefusal = Extract<Admission, { ok: false }>['reason'] | 'invalid_heartbeat' | 'stale';

export interface HeartbeatIntakeParts {
  /** Decides whose an entry is, as for events. Made anew for each: a heartbeat is no project's first signature. */
  readonly admission: () => { admit(entry: StreamEntry, first: Map<string, number>): Promise<Admission> };
  readonly store: Pick<HeartbeatStore, 'recordStreamed'>;
  readonly clock: Clock;
  readonly onRefused: (reason: HeartbeatRefusal, detail: string) => void;
}

/** Turns a page of the heartbeats' stream into what is known of instances. */
export class HeartbeatIntake {
  private readonly parts: HeartbeatIntakeParts;

  constructor(parts: HeartbeatIntakeParts) {
    this.parts = parts;
  }

  /** Rejects where the database is away: the page is to be tried again. May be called twice with the same page. */
  async take(page: HeartbeatPage): Promise<void> {
    const nowMs = this.parts.clock.nowMs();
    for (const entry of page.entries) {
      const admitted = await this.parts.admission().admit(entry, new Map());
      if (!admitted.ok) this.parts.onRefused(admitted.reason, admitted.detail);
      else if (admitted.isFromServer) this.parts.onRefused('foreign_key', 'the server sends no heartbeats');
      else await this.record(entry, admitted, nowMs - page.ageMs(entry));
    }
  }

  private async record(
    entry: StreamEntry,
    { projectId, isSigned }: { projectId: string; isSigned: boolean },
    atMs: number,
  ): Promise<void> {
    const decoded = decodeHeartbeat(entry.fields);
    if (!decoded.ok) return this.parts.onRefused('invalid_heartbeat', decoded.detail);
    const body = await checkHeartbeat(decoded.beat);
    if (typeof body === 'string') return this.parts.onRefused('invalid_heartbeat', body);
    const saidMs = Number(momentOf(body.timestamp));
    if (atMs - saidMs > STALE_MS) return this.parts.onRefused('stale', body.timestamp);
    try {
      await this.parts.store.recordStreamed(projectId, { body, at: new Date(atMs), isSigned });
    } catch (error) {
      if (!isDataError(error)) throw error;
      this.parts.onRefused('data_error', String(error));
    }
  }
}
