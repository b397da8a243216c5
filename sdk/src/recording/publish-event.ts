import { isoMicros } from '../clock.ts';
import {
  EVENT_FIELDS,
  EVENT_TIME_FIELDS,
  ID_MAX_CHARS,
  isEventType,
  isPayloadKind,
  type EventType,
} from '../contract/index.ts';
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
  /**
   * Fields of the event, snake_case as in the protocol; `input, output, state_after, meta, error` may be any values. Of other
   * fields 32 are sent at most.
   */
  data?: { readonly [field: string]: unknown };
}

/** Fields of the protocol, of any event. */
const KNOWN_FIELDS: ReadonlySet<string> = new Set(
  Object.values(EVENT_FIELDS).flatMap((fields) => fields.map((field) => field.replace('?', ''))),
);
/** Others are sent as well, for a newer server to read: so many, and of names so long. */
const MAX_OTHER_FIELDS = 32;
const MAX_NAME_CHARS = 100;

/** Those of the protocol, and a few others; this server would ignore them. */
function fieldsIn(data: object): string[] {
  const names = Object.keys(data);
  const isOther = (name: string): boolean =>
    name.length <= MAX_NAME_CHARS && !KNOWN_FIELDS.has(name) && name !== '__proto__';
  return [
    ...names.filter((name) => KNOWN_FIELDS.has(name)),
    ...names.filter(isOther).slice(0, MAX_OTHER_FIELDS),
  ];
}

/** Cut short, it would be the id of something else. */
const isTooLong = (id: unknown): boolean => typeof id === 'string' && id.length > ID_MAX_CHARS;

/** @returns whether it is an event of a project at all */
function record(
  eventType: EventType,
  { traceId, projectId, observationId, ...rest }: PublishedEvent,
): boolean {
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
  const data = rest.data ?? {};
  for (const field of fieldsIn(data)) {
    const value = data[field];
    if (isPayloadKind(field)) payloads[field] = value;
    else if (field !== 'trace_id' && field !== 'observation_id') fields[field] = value;
  }
  if ([traceId, observationId, fields['parent_observation_id']].some(isTooLong)) return false;
  const { start, end } = EVENT_TIME_FIELDS[eventType];
  for (const time of [start, end]) if (time !== null) fields[time] = timeText(fields[time]);
  active.recorder.record(project, eventType, fields, payloads);
  return true;
}

const timeText = (value: unknown): unknown =>
  value instanceof Date ? isoMicros(value.getTime()) : (value ?? isoMicros());

/**
 * Publishes one event of the protocol, for programs that trace by hand. Returns at once and never throws; without
 * initialisation it does nothing. An unknown type, an id that is missing or longer than 200 characters or a project that is
 * no UUID is counted as dropped (`invalid`).
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
