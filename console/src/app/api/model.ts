/** Shapes of the HTTP API as they travel: snake_case, times RFC 3339. */

export type ConnectionState = 'connected' | 'late' | 'disconnected' | 'never' | 'partial';
export type RunStatus = 'running' | 'ok' | 'error' | 'interrupted' | 'incomplete';
export type Level = 'DEBUG' | 'DEFAULT' | 'WARNING' | 'ERROR';
export type PayloadKind = 'input' | 'output' | 'state_after' | 'meta' | 'error';
export type KeyScope = 'ingest' | 'read' | 'tracing';

export interface Page<T> {
  items: T[];
  next_cursor: string | null;
}

export interface User {
  id: string;
  email: string;
  name: string | null;
  role: string;
}

export interface Project {
  id: string;
  name: string;
  description: string | null;
  environment: string | null;
  time_zone: string;
  tracing_enabled: boolean;
  tracing_version: number;
  require_signature: boolean;
  signed_since: string | null;
  created_at: string;
  updated_at: string;
}

export interface NewProject {
  name: string;
  description?: string;
  environment?: string;
  time_zone?: string;
}

export type ProjectChange = Partial<NewProject> & { require_signature?: boolean };

export interface ApiKey {
  id: string;
  name: string;
  prefix: string;
  scopes: KeyScope[];
  created_at: string;
  last_used_at: string | null;
  expires_at: string | null;
  revoked_at: string | null;
}

export interface NewApiKey {
  name: string;
  scopes: KeyScope[];
  expires_at?: string;
}

/** The only answer that carries the secret. */
export interface CreatedApiKey extends ApiKey {
  secret: string;
}

export interface TracingAnswer {
  status: string;
  tracing_enabled: boolean;
  message: string;
  version: number;
  /** False: saved, but not yet where running processes look; repeated within 30 s. */
  applied: boolean;
}

export interface TracingChange {
  version: number;
  tracing_enabled: boolean;
  changed_at: string;
  changed_by: string | null;
  reason: string | null;
}

export interface InstanceStatus {
  instance_id: string;
  status: ConnectionState;
  last_seen: string | null;
  environment: string | null;
  version: string | null;
  sdk_version: string | null;
  host: string | null;
  started_at: string | null;
  config_version: number | null;
}

export interface ConnectionStatus {
  project_id: string;
  status: ConnectionState;
  last_seen: string | null;
  environment: string | null;
  version: string | null;
  sdk_version: string | null;
  traces_today: number;
  instances: InstanceStatus[];
  server_time: string;
}

export interface PayloadSize {
  kind: PayloadKind;
  bytes: number;
}

export interface TraceSummary {
  id: string;
  project_id: string;
  original_id: string | null;
  name: string | null;
  user_id: string | null;
  session_id: string | null;
  tags: string[];
  environment: string | null;
  version: string | null;
  instance_id: string | null;
  start_time: string;
  end_time: string | null;
  end_time_inferred: boolean;
  duration_ms: number | null;
  status: RunStatus;
  level: Level;
  status_message: string | null;
  observation_count: number;
  error_count: number;
  received_at: string;
  marks: string[];
}

export interface TraceDetail extends TraceSummary {
  payloads: PayloadSize[];
}

export interface Observation {
  id: string;
  original_id: string | null;
  project_id: string;
  trace_id: string;
  parent_observation_id: string | null;
  name: string | null;
  type: string;
  start_time: string;
  end_time: string | null;
  completion_start_time: string | null;
  duration_ms: number | null;
  status: RunStatus;
  level: Level;
  status_message: string | null;
  model: string | null;
  model_parameters: unknown;
  usage: unknown;
  cost: unknown;
  payloads: PayloadSize[];
  marks: string[];
}
