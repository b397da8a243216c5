/**
 * The words that the console uses for the API's shapes. The shapes are generated from `server/openapi.json`: snake_case
 * as on the wire, times RFC 3339.
 */
import type { ConnectionStatus as ConnectionState } from './generated/models/connection-status.ts';
import type { ObservationAnswer } from './generated/models/observation-answer.ts';
import type { PayloadAnswer } from './generated/models/payload-answer.ts';
import type { TraceAnswer } from './generated/models/trace-answer.ts';
import type { TraceDetailAnswer } from './generated/models/trace-detail-answer.ts';

export type { ApiKeyAnswer as ApiKey } from './generated/models/api-key-answer.ts';
export type { ConnectionStatusAnswer as ConnectionStatus } from './generated/models/connection-status-answer.ts';
export type { CreateApiKeyBody as NewApiKey } from './generated/models/create-api-key-body.ts';
export type { CreateProjectBody as NewProject } from './generated/models/create-project-body.ts';
export type { CreatedApiKeyAnswer as CreatedApiKey } from './generated/models/created-api-key-answer.ts';
export type { InstanceAnswer as InstanceStatus } from './generated/models/instance-answer.ts';
export type { KeyScope } from './generated/models/key-scope.ts';
export type { ProjectAnswer as Project } from './generated/models/project-answer.ts';
export type { TracingChangeAnswer as TracingChange } from './generated/models/tracing-change-answer.ts';
export type { TurnTracingAnswer as TracingAnswer } from './generated/models/turn-tracing-answer.ts';
export type { UpdateProjectBody as ProjectChange } from './generated/models/update-project-body.ts';
export type { UserAnswer as User } from './generated/models/user-answer.ts';

export type { ConnectionState };
export type TraceSummary = TraceAnswer;
export type TraceDetail = TraceDetailAnswer;
export type Observation = ObservationAnswer;
export type PayloadSize = PayloadAnswer;

export type RunStatus = TraceAnswer['status'];
export type Level = TraceAnswer['level'];
export type PayloadKind = PayloadAnswer['kind'];

/** One page of a list, newest first. */
export interface Page<T> {
  items: T[];
  next_cursor: string | null;
}
