import type { ConnectionState, ConnectionStatus, InstanceStatus, Project } from '../api/model.ts';

/** One project with what is known about its running processes. */
export interface FleetRow {
  readonly project: Project;
  readonly connection: ConnectionStatus;
  /** Distinct versions of the instances, newest first, with how many run each. */
  readonly appVersions: readonly VersionCount[];
  readonly sdkVersions: readonly VersionCount[];
  readonly environments: readonly string[];
}

export interface VersionCount {
  readonly version: string;
  readonly instances: number;
}

export type FleetFilter = 'all' | 'connected' | 'late' | 'disconnected' | 'never';

/** Which states a tile counts: a partly connected project is connected. */
const FILTER_STATES: Readonly<Record<Exclude<FleetFilter, 'all'>, readonly ConnectionState[]>> = {
  connected: ['connected', 'partial'],
  late: ['late'],
  disconnected: ['disconnected'],
  never: ['never'],
};

export const FLEET_FILTERS: readonly FleetFilter[] = ['all', 'connected', 'late', 'disconnected', 'never'];

/** Joins projects and their connections; a project nobody reported yet was never connected. */
export function fleetRows(
  projects: readonly Project[],
  connections: readonly ConnectionStatus[],
): FleetRow[] {
  const byProject = new Map(connections.map((connection) => [connection.project_id, connection]));
  return projects
    .map((project) => fleetRow(project, byProject.get(project.id) ?? neverConnected(project.id)))
    .sort((a, b) => a.project.name.localeCompare(b.project.name) || a.project.id.localeCompare(b.project.id));
}

export function matchesFilter(row: FleetRow, filter: FleetFilter): boolean {
  return filter === 'all' || FILTER_STATES[filter].includes(row.connection.status);
}

export function matchesSearch(row: FleetRow, search: string): boolean {
  const wanted = search.trim().toLowerCase();
  const { id, name, description } = row.project;
  return wanted === '' || [id, name, description ?? ''].some((text) => text.toLowerCase().includes(wanted));
}

export function countFleet(rows: readonly FleetRow[]): Readonly<Record<FleetFilter, number>> {
  const count = (filter: FleetFilter): number => rows.filter((row) => matchesFilter(row, filter)).length;
  return {
    all: rows.length,
    connected: count('connected'),
    late: count('late'),
    disconnected: count('disconnected'),
    never: count('never'),
  };
}

export function countVersions(versions: readonly (string | null)[]): VersionCount[] {
  const counts = new Map<string, number>();
  for (const version of versions) if (version) counts.set(version, (counts.get(version) ?? 0) + 1);
  return [...counts]
    .map(([version, instances]) => ({ version, instances }))
    .sort((a, b) => b.version.localeCompare(a.version, undefined, { numeric: true }));
}

function fleetRow(project: Project, connection: ConnectionStatus): FleetRow {
  const { instances } = connection;
  const pick = (field: 'version' | 'sdk_version' | 'environment'): (string | null)[] =>
    instances.length > 0 ? instances.map((instance: InstanceStatus) => instance[field]) : [connection[field]];
  return {
    project,
    connection,
    appVersions: countVersions(pick('version')),
    sdkVersions: countVersions(pick('sdk_version')),
    environments: countVersions([...pick('environment'), instances.length ? null : project.environment]).map(
      ({ version }) => version,
    ),
  };
}

function neverConnected(projectId: string): ConnectionStatus {
  return {
    project_id: projectId,
    status: 'never',
    last_seen: null,
    environment: null,
    version: null,
    sdk_version: null,
    traces_today: 0,
    instances: [],
    server_time: '',
  };
}
