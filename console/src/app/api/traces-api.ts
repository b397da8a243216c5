import { HttpClient } from '@angular/common/http';
import { inject, Injectable } from '@angular/core';
import type { Observable } from 'rxjs';

import type { Observation, Page, PayloadKind, TraceDetail, TraceSummary } from './model.ts';

/** Filters as the API names them; absent ones are left out. */
export type TraceQuery = Readonly<Record<string, string | number>>;

/** Where one payload lies; without an observation it is the trace's own. */
export interface PayloadAddress {
  projectId: string;
  traceId: string;
  observationId: string | null;
  kind: PayloadKind;
}

@Injectable({ providedIn: 'root' })
export class TracesApi {
  private readonly http = inject(HttpClient);

  list(projectId: string, query: TraceQuery): Observable<Page<TraceSummary>> {
    return this.http.get<Page<TraceSummary>>('/api/v1/traces', {
      params: { project_id: projectId, ...query },
    });
  }

  get(projectId: string, traceId: string): Observable<TraceDetail> {
    return this.http.get<TraceDetail>(`/api/v1/traces/${encodeURIComponent(traceId)}`, {
      params: { project_id: projectId },
    });
  }

  /** The structure of one trace, without payloads. */
  observations(projectId: string, traceId: string, cursor: string | null): Observable<Page<Observation>> {
    return this.http.get<Page<Observation>>('/api/v1/observations', {
      params: { project_id: projectId, trace_id: traceId, ...(cursor ? { cursor } : {}) },
    });
  }

  /** The payload's JSON text as stored. `maxBytes` asks for its beginning only. */
  payload(address: PayloadAddress, maxBytes: number | null): Observable<string> {
    return this.http.get(payloadUrl(address), {
      responseType: 'text',
      ...(maxBytes === null ? {} : { headers: { Range: `bytes=0-${maxBytes - 1}` } }),
    });
  }
}

export function payloadUrl({ projectId, traceId, observationId, kind }: PayloadAddress): string {
  const trace = `/api/v1/traces/${encodeURIComponent(traceId)}`;
  const owner = observationId === null ? trace : `${trace}/observations/${encodeURIComponent(observationId)}`;
  return `${owner}/payloads/${kind}?project_id=${encodeURIComponent(projectId)}`;
}
