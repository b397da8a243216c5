import { isoMicros } from '../clock.ts';
import { EVENT_TIME_FIELDS, isEventType, isPayloadKind, type EventType } from '../contract/index.ts';
import { type Payloads } from './event-recorder.ts';
import { quietly } from '../quietly.ts';
import { isSampled } from '../privacy/sampling.ts';
import { sdkState } from '../sdk-state.ts';
import { canonicalProjectId } from '../project-id.ts';

export interface PublishedEvent {
  traceId: string;
  /** A UUID. Default: the initialised project. Required where only `initializeRedisPublisher` was called. */
  projectId?: string;
  observationId?: string;
  /** Fields of the event, snake_case as in the protocol; `input, output, state_after, meta, error` may be any values. */
  data?: { readonly [field: string]: unknown };
}

/** @returns whether it is an event of a project at all */
function record(eventType: EventType, { traceId, projectId, observationId, data }: PublishedEvent): boolean {
  const { active } = sdkState();
  if (active?.canPublish !== true) return true;
  const given = projectId ?? active.options.projectId;
  if (given === undefined) return true;
  const project = canonicalProjectId(given);
  if (project === undefined) return false;
  if (!isSampled(traceId, active.options.sampleRate)) return true;
  if (!active.accepts(project)) {
    active.recorder.refuse(project, 'refused');
    return true;
  }
  const fields: Record<string, unknown> = { trace_id: traceId, observation_id: observationId };
  const payloads: Payloads = {};
  for (const [field, value] of Object.entries(data ?? {})) {
    if (isPayloadKind(field)) payloads[field] = value;
    else if (field !== 'trace_id' && field !== 'observation_id') fields[field] = value;
  }
  const { start, end } = EVENT_TIME_FIELDS[eventType];
  for (const time of [start, end]) if (time !== null) fields[time] = timeText(fields[time]);
  active.recorder.record(project, eventType, fields, payloads);
  return true;
}

const timeText = (value: unknown): unknown =>
  value instanceof Date ? isoMicros(value.getTime()) : (value ?? isoMicros());

/**
 * Publishes one event of the protocol, for programs that trace by hand. Returns at once and never throws; without
 * initialisation it does nothing. An unknown type, a missing trace id or a project that is no UUID is counted as dropped
 * (`invalid`).
 */
export function publishEvent(eventType: EventType, event: PublishedEvent): void {
  const isRecorded = quietly(() => {
    const isValid = isEventType(eventType) && typeof event.traceId === 'string' && event.traceId !== '';
    return isValid && record(eventType, event);
  });
  if (isRecorded === true) return;
  quietly(() => {
    const { active } = sdkState();
    const own = active?.options.projectId;
    const project = quietly(() => canonicalProjectId(event.projectId)) ?? own;
    if (project !== undefined) active?.recorder.refuse(project, 'invalid');
  });
}
