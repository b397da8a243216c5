import { describe, expect, it } from '@jest/globals';

import type { ConnectionStatus, InstanceStatus, Project } from '../api/model.ts';
import { countFleet, countVersions, fleetRows, matchesFilter, matchesSearch } from './fleet.ts';

function project(id: string, name: string): Project {
  return {
    id,
    name,
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
  };
}

function instance(id: string, version: string): InstanceStatus {
  return {
    instance_id: id,
    status: 'connected',
    last_seen: '2026-11-20T12:00:00Z',
    environment: 'production',
    version,
    sdk_version: '0.1.0',
    host: null,
    started_at: null,
    config_version: null,
    counters: null,
  };
}

function connection(id: string, change: Partial<ConnectionStatus>): ConnectionStatus {
  return {
    project_id: id,
    status: 'connected',
    last_seen: null,
    environment: null,
    version: null,
    sdk_version: null,
    traces_today: 0,
    instances: [],
    server_time: '2026-11-20T12:00:00Z',
    ...change,
  };
}

describe('the fleet', () => {
  const rows = fleetRows(
    [project('2', 'zebra'), project('1', 'Apple'), project('3', 'mango')],
    [
      connection('1', { status: 'partial', instances: [instance('a', '2.9.0'), instance('b', '2.10.0')] }),
      connection('2', { status: 'disconnected', version: '1.0.0' }),
    ],
  );

  it('joins projects and connections by name; a project nobody reported was never connected', () => {
    expect(rows.map((row) => [row.project.name, row.connection.status])).toEqual([
      ['Apple', 'partial'],
      ['mango', 'never'],
      ['zebra', 'disconnected'],
    ]);
  });

  it('lists the versions that run, newest first', () => {
    expect(rows[0]?.appVersions).toEqual([
      { version: '2.10.0', instances: 1 },
      { version: '2.9.0', instances: 1 },
    ]);
    expect(rows[0]?.environments).toEqual(['production']);
    expect(rows[2]?.appVersions.map(({ version }) => version)).toEqual(['1.0.0']);
    expect(countVersions([null, null])).toEqual([]);
  });

  it('counts a partly connected project as connected', () => {
    expect(countFleet(rows)).toEqual({ all: 3, connected: 1, late: 0, disconnected: 1, never: 1 });
  });

  it('is filtered by state and by name or id', () => {
    expect(rows.filter((row) => matchesFilter(row, 'never')).map((row) => row.project.name)).toEqual([
      'mango',
    ]);
    expect(rows.filter((row) => matchesSearch(row, ' APP ')).map((row) => row.project.name)).toEqual([
      'Apple',
    ]);
  });
});
