import type { Project } from '../app/api/model.ts';

export function project(id: string, change: Partial<Project> = {}): Project {
  return {
    id,
    name: `Project ${id}`,
    description: null,
    environment: null,
    time_zone: 'UTC',
    tracing_enabled: true,
    tracing_version: 1,
    require_signature: false,
    signed_since: null,
    retention_days: null,
    created_at: '2026-11-20T12:00:00Z',
    updated_at: '2026-11-20T12:00:00Z',
    ...change,
  };
}
