import { inject, Injectable } from '@angular/core';
import { catchError, map, shareReplay, throwError, type Observable } from 'rxjs';

import type { PayloadKind, PayloadSize, RunStatus } from '../api/model.ts';
import { TracesApi, type PayloadAddress } from '../api/traces-api.ts';
import { parsePayload, type JsonValue } from '../trace-model/json-value.ts';

/** Payloads above this are shown as text from their beginning, until the person asks for all of it. */
export const WHOLE_LIMIT_BYTES = 4_000_000;
const BEGINNING_BYTES = 256_000;
const MAX_KEPT = 40;

/** One payload as asked for; `parsed` null: not valid JSON, or only its beginning was loaded. */
export interface Payload {
  readonly text: string;
  readonly parsed: { readonly value: JsonValue } | null;
  readonly isBeginning: boolean;
}

/** A payload of an observation or trace at one moment: `revision` changes when the stored text may have changed. */
export interface PayloadRef extends PayloadAddress {
  readonly bytes: number;
  readonly revision: string;
}

interface PayloadOwner {
  readonly id: string;
  readonly project_id: string;
  readonly trace_id?: string;
  readonly status: RunStatus;
  readonly end_time: string | null;
  readonly payloads: readonly PayloadSize[];
}

/** The payload of that kind, or null when its owner has none. */
export function payloadRef(owner: PayloadOwner, kind: PayloadKind): PayloadRef | null {
  const size = owner.payloads.find((payload) => payload.kind === kind);
  if (!size) return null;
  return {
    projectId: owner.project_id,
    traceId: owner.trace_id ?? owner.id,
    observationId: owner.trace_id === undefined ? null : owner.id,
    kind,
    bytes: size.bytes,
    revision: `${size.bytes} ${owner.status} ${owner.end_time ?? ''}`,
  };
}

/** Loads payloads on demand and keeps the latest ones, so that going back to a node shows it at once. */
@Injectable()
export class PayloadStore {
  private readonly api = inject(TracesApi);
  private readonly kept = new Map<string, Observable<Payload>>();

  load(ref: PayloadRef, size: 'whole' | 'reasonable'): Observable<Payload> {
    const isBeginning = size === 'reasonable' && ref.bytes > WHOLE_LIMIT_BYTES;
    const key = JSON.stringify([ref.traceId, ref.observationId, ref.kind, ref.revision, isBeginning]);
    const known = this.kept.get(key);
    if (known) return known;
    const payload = this.api.payload(ref, isBeginning ? BEGINNING_BYTES : null).pipe(
      map((text) => ({ text, isBeginning, parsed: isBeginning ? null : parsePayload(text) })),
      catchError((error: unknown) => {
        this.kept.delete(key);
        return throwError(() => error);
      }),
      shareReplay({ bufferSize: 1, refCount: false }),
    );
    this.kept.set(key, payload);
    const oldest = this.kept.keys().next().value;
    if (this.kept.size > MAX_KEPT && oldest !== undefined) this.kept.delete(oldest);
    return payload;
  }
}
