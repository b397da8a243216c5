/**
 * What an event is made of. Headers carry everything small, in snake_case as on the wire; payloads are JSON texts
 * that travel beside them and are parsed by nobody on the way.
 */
export const EVENT_TYPES = [
  'trace_start',
  'trace_end',
  'observation_start',
  'observation_end',
  'observation_error',
  'observation',
  'trace_update',
  'observation_update',
  'graph',
] as const;
export type EventType = (typeof EVENT_TYPES)[number];

/** Keys of an event's data that travel as payloads, in the order the SDK sends them. */
export const PAYLOAD_KINDS = ['input', 'output', 'state_after', 'meta', 'error'] as const;
export type PayloadKind = (typeof PAYLOAD_KINDS)[number];

/** One item of a header's `pl`: a payload's kind and its UTF-8 bytes; items in the order of the payloads. */
export type PayloadLength = readonly [kind: PayloadKind, bytes: number];

export const OBSERVATION_TYPES = [
  'SPAN',
  'EVENT',
  'GENERATION',
  'AGENT',
  'TOOL',
  'CHAIN',
  'RETRIEVER',
  'EVALUATOR',
  'EMBEDDING',
  'GUARDRAIL',
] as const;
export type ObservationType = (typeof OBSERVATION_TYPES)[number];

/** Least severe first; a row's level is the maximum it ever had. */
export const LEVELS = ['DEBUG', 'DEFAULT', 'WARNING', 'ERROR'] as const;
export type Level = (typeof LEVELS)[number];

export const STATUSES = ['running', 'ok', 'error', 'interrupted', 'incomplete'] as const;
export type Status = (typeof STATUSES)[number];

export type JsonObject = { [key: string]: unknown };

/**
 * A value the SDK had to cut is replaced, where it stood, by `{"$cut": {"path", "bytes", "reason"?}, "head"?}`:
 * JSONPath-like path from the payload's root, size of the original in UTF-8 bytes (null: not known), why it was left out where
 * not for its size (`mask_failed`, `mask_async`, `mask_empty`), first characters of a text.
 */
export const CUT_MARK = '$cut';

/** One cut of a payload, repeated in the event's header so that nobody has to search payloads for it. */
export interface Cut {
  kind: PayloadKind;
  path: string;
  bytes: number | null;
}

interface CommonHeader {
  trace_id: string;
  cuts?: Cut[];
}

export interface TraceStartHeader extends CommonHeader {
  event_type: 'trace_start';
  name: string;
  timestamp: string;
  user_id?: string;
  session_id?: string;
  tags?: string[];
  environment?: string;
  version?: string;
}

export interface TraceEndHeader extends CommonHeader {
  event_type: 'trace_end';
  end_time: string;
  level?: Level;
  status?: Status;
  status_message?: string;
}

interface ObservationStartFields {
  observation_id: string;
  name: string;
  type: ObservationType;
  start_time: string;
  parent_observation_id?: string;
  model?: string;
  model_parameters?: JsonObject;
}

interface ObservationEndFields {
  observation_id: string;
  end_time: string;
  level?: Level;
  status?: Status;
  status_message?: string;
  model?: string;
  model_parameters?: JsonObject;
  /** Tokens: `{input, output, total, …}`. */
  usage?: JsonObject;
  /** `{input, output, total}` in US dollars. */
  cost?: JsonObject;
  completion_start_time?: string;
}

export interface ObservationStartHeader extends CommonHeader, ObservationStartFields {
  event_type: 'observation_start';
}

export interface ObservationEndHeader extends CommonHeader, ObservationEndFields {
  event_type: 'observation_end';
}

export interface ObservationErrorHeader extends CommonHeader, ObservationEndFields {
  event_type: 'observation_error';
}

/** Start and end in one: both were still in the producer's buffer. */
export interface ObservationHeader extends CommonHeader, ObservationStartFields, ObservationEndFields {
  event_type: 'observation';
}

export interface TraceUpdateHeader extends CommonHeader, Partial<Omit<TraceStartHeader, 'event_type'>> {
  event_type: 'trace_update';
  trace_id: string;
  timestamp: string;
}

export interface ObservationUpdateHeader
  extends
    CommonHeader,
    Partial<ObservationStartFields>,
    Omit<Partial<ObservationEndFields>, keyof ObservationStartFields> {
  event_type: 'observation_update';
  trace_id: string;
  observation_id: string;
  timestamp: string;
}

/** The declared graph, once per version. */
export interface GraphHeader {
  event_type: 'graph';
  name: string;
  version_hash: string;
  timestamp: string;
  nodes: string[];
  edges: { source: string; target: string; conditional: boolean }[];
}

export type EventHeader =
  | TraceStartHeader
  | TraceEndHeader
  | ObservationStartHeader
  | ObservationEndHeader
  | ObservationErrorHeader
  | ObservationHeader
  | TraceUpdateHeader
  | ObservationUpdateHeader
  | GraphHeader;

/**
 * The field that holds the event's time, which versions the fields the event sets. `observation` is two events in one:
 * its start half has `start_time`, its end half `end_time`.
 */
export const EVENT_TIME_FIELDS = {
  trace_start: { start: 'timestamp', end: null },
  trace_end: { start: null, end: 'end_time' },
  observation_start: { start: 'start_time', end: null },
  observation_end: { start: null, end: 'end_time' },
  observation_error: { start: null, end: 'end_time' },
  observation: { start: 'start_time', end: 'end_time' },
  trace_update: { start: 'timestamp', end: null },
  observation_update: { start: 'timestamp', end: null },
  graph: { start: 'timestamp', end: null },
} as const satisfies Record<EventType, { start: string | null; end: string | null }>;

/** Header fields and payloads an event may have beside `event_type`, `pl` and `cuts`; `?` marks the optional ones. */
export const EVENT_FIELDS = {
  trace_start: [
    'trace_id',
    'name',
    'timestamp',
    'user_id?',
    'session_id?',
    'tags?',
    'environment?',
    'version?',
    'input?',
    'meta?',
  ],
  trace_end: ['trace_id', 'end_time', 'level?', 'status?', 'status_message?', 'output?'],
  observation_start: [
    'trace_id',
    'observation_id',
    'name',
    'type',
    'start_time',
    'parent_observation_id?',
    'model?',
    'model_parameters?',
    'input?',
    'meta?',
  ],
  observation_end: [
    'trace_id',
    'observation_id',
    'end_time',
    'level?',
    'status?',
    'status_message?',
    'model?',
    'model_parameters?',
    'usage?',
    'cost?',
    'completion_start_time?',
    'output?',
    'state_after?',
    'meta?',
  ],
  observation_error: [
    'trace_id',
    'observation_id',
    'end_time',
    'error',
    'level?',
    'status_message?',
    'model?',
    'model_parameters?',
    'usage?',
    'cost?',
    'completion_start_time?',
    'output?',
    'meta?',
  ],
  observation: [
    'trace_id',
    'observation_id',
    'name',
    'type',
    'start_time',
    'end_time',
    'parent_observation_id?',
    'level?',
    'status?',
    'status_message?',
    'model?',
    'model_parameters?',
    'usage?',
    'cost?',
    'completion_start_time?',
    'input?',
    'output?',
    'state_after?',
    'meta?',
    'error?',
  ],
  trace_update: ['trace_id', 'timestamp', 'any field of trace_start and trace_end?'],
  observation_update: ['trace_id', 'observation_id', 'timestamp', 'any field of observation?'],
  graph: ['name', 'version_hash', 'timestamp', 'nodes', 'edges'],
} as const satisfies Record<EventType, readonly string[]>;

/** Reasons in `counters.dropped`. */
export const DROP_REASONS = [
  'buffer_full',
  'stream_full',
  'oversize',
  'refused',
  'invalid',
  'shutdown',
] as const;
export type DropReason = (typeof DROP_REASONS)[number];

/** Cumulative since the instance started; `accepted` = numbered + merged + all dropped + still buffered. */
export interface ProducerCounters {
  accepted: number;
  merged: number;
  dropped: Partial<Record<string, number>>;
  /** Version of the tracing configuration the instance has applied; 0: none yet. */
  config_version: number;
}

export const isEventType = (value: unknown): value is EventType =>
  typeof value === 'string' && (EVENT_TYPES as readonly string[]).includes(value);

export const isPayloadKind = (value: unknown): value is PayloadKind =>
  typeof value === 'string' && (PAYLOAD_KINDS as readonly string[]).includes(value);

export const isObservationType = (value: unknown): value is ObservationType =>
  typeof value === 'string' && (OBSERVATION_TYPES as readonly string[]).includes(value);

export const isLevel = (value: unknown): value is Level =>
  typeof value === 'string' && (LEVELS as readonly string[]).includes(value);

export const isStatus = (value: unknown): value is Status =>
  typeof value === 'string' && (STATUSES as readonly string[]).includes(value);
