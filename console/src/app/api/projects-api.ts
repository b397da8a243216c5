import { HttpClient } from '@angular/common/http';
import { inject, Injectable } from '@angular/core';
import { EMPTY, expand, map, reduce, type Observable } from 'rxjs';

import type {
  ApiKey,
  ConnectionStatus,
  CreatedApiKey,
  NewApiKey,
  NewProject,
  Page,
  Project,
  ProjectChange,
  TracingAnswer,
  TracingChange,
} from './model.ts';

const BASE = '/api/v1/projects';
const PAGE_SIZE = 200;

@Injectable({ providedIn: 'root' })
export class ProjectsApi {
  private readonly http = inject(HttpClient);

  /** All projects. */
  list(): Observable<Project[]> {
    return this.everyPage<Project>(BASE);
  }

  connections(): Observable<ConnectionStatus[]> {
    return this.http.get<ConnectionStatus[]>(`${BASE}/connection-status`);
  }

  get(id: string): Observable<Project> {
    return this.http.get<Project>(url(id));
  }

  create(project: NewProject): Observable<Project> {
    return this.http.post<Project>(BASE, project);
  }

  update(id: string, change: ProjectChange): Observable<Project> {
    return this.http.patch<Project>(url(id), change);
  }

  delete(id: string): Observable<unknown> {
    return this.http.delete(url(id));
  }

  setTracing(id: string, enabled: boolean): Observable<TracingAnswer> {
    return this.http.patch<TracingAnswer>(`${url(id)}/tracing`, { tracing_enabled: enabled });
  }

  tracingHistory(id: string, limit: number): Observable<TracingChange[]> {
    return this.http
      .get<Page<TracingChange>>(`${url(id)}/tracing/history`, { params: { limit } })
      .pipe(map((page) => page.items));
  }

  /** All of them: a live key behind many revoked ones must still be there to be revoked. */
  keys(id: string): Observable<ApiKey[]> {
    return this.everyPage<ApiKey>(`${url(id)}/keys`);
  }

  createKey(id: string, key: NewApiKey): Observable<CreatedApiKey> {
    return this.http.post<CreatedApiKey>(`${url(id)}/keys`, key);
  }

  revokeKey(id: string, keyId: string): Observable<unknown> {
    return this.http.delete(`${url(id)}/keys/${encodeURIComponent(keyId)}`);
  }

  private everyPage<T>(address: string): Observable<T[]> {
    const page = (cursor: string | null): Observable<Page<T>> =>
      this.http.get<Page<T>>(address, { params: { limit: PAGE_SIZE, ...(cursor ? { cursor } : {}) } });
    return page(null).pipe(
      expand(({ next_cursor }) => (next_cursor ? page(next_cursor) : EMPTY)),
      reduce((all: T[], { items }) => [...all, ...items], []),
    );
  }
}

function url(id: string): string {
  return `${BASE}/${encodeURIComponent(id)}`;
}
