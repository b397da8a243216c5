import type { EncodableEvent, PayloadKind } from 'swisper-studio/contract';

/**
 * What a producer sends, known beforehand to everybody: event `seq` of producer `producer` is the same in the producer,
 * which is a process of its own, and in the checker. Ten events are one trace; each carries one payload with its name.
 */
export interface ProductionPlan {
  /** 0 to 4095. */
  readonly producer: number;
  /** Numbered 1 to `events`. */
  readonly events: number;
  readonly payloadBytes: number;
  /** Part of every id, ms since 1970: runs do not share rows. */
  readonly baseMs: number;
}

export const EVENTS_PER_TRACE = 10;
/** Observations of a trace whose events are all good. */
export const OBSERVATIONS_PER_TRACE = 6;

type Shape = { type: string; observation: number; payload: PayloadKind };

/** Starts and ends are apart where a row is to be merged of two events; observation 0 means the trace itself. */
const SHAPES: readonly Shape[] = [
  { type: 'trace_start', observation: 0, payload: 'input' },
  { type: 'observation_start', observation: 1, payload: 'input' },
  { type: 'observation', observation: 2, payload: 'output' },
  { type: 'observation_start', observation: 3, payload: 'input' },
  { type: 'observation', observation: 4, payload: 'output' },
  { type: 'observation_error', observation: 3, payload: 'error' },
  { type: 'observation', observation: 5, payload: 'output' },
  { type: 'observation', observation: 6, payload: 'output' },
  { type: 'observation_end', observation: 1, payload: 'output' },
  { type: 'trace_end', observation: 0, payload: 'output' },
];

/** One event in a thousand has a payload that is no JSON: the only one of its observation, so no row may come of it. */
const REFUSED_EVERY = 1_000;
const REFUSED_REMAINDER = 507;

/** Where an event belongs; `trace` counts from 0 per producer. */
export interface Place {
  readonly trace: number;
  /** 0: the trace itself. */
  readonly observation: number;
  readonly kind: PayloadKind;
}

const shapeOf = (seq: number): Shape => {
  const shape = SHAPES[(seq - 1) % EVENTS_PER_TRACE];
  if (shape === undefined) throw new Error(`There is no event ${String(seq)}`);
  return shape;
};

export function placeOf(seq: number): Place {
  const { observation, payload } = shapeOf(seq);
  return { trace: Math.floor((seq - 1) / EVENTS_PER_TRACE), observation, kind: payload };
}

export const isRefused = (seq: number): boolean => seq % REFUSED_EVERY === REFUSED_REMAINDER;

/** The name an event carries in its payload. */
const eventName = (producer: number, seq: number): string => `${String(producer)}:${String(seq)}`;

const EVENT_NAME = /"event":"(\d+):(\d+)"/;

/** Reads the name of an event out of a payload or a dead letter; null where there is none. */
export function readEventName(text: string): { producer: number; seq: number } | null {
  const [, producer, seq] = EVENT_NAME.exec(text) ?? [];
  return producer === undefined || seq === undefined
    ? null
    : { producer: Number(producer), seq: Number(seq) };
}

/** The exact text of the event's payload. */
export function payloadText(plan: ProductionPlan, seq: number): string {
  const head = `{"event":"${eventName(plan.producer, seq)}","filler":"`;
  const word = `${(Math.imul(seq, 2_654_435_761) >>> 0).toString(36)} `;
  const filler = word.repeat(Math.ceil(Math.max(0, plan.payloadBytes - head.length - 2) / word.length));
  return isRefused(seq) ? `${head}${filler}` : `${head}${filler}"}`;
}

/** A UUID that says which producer, trace and observation (0: the trace) it names, in the order of their making. */
export function rowId(plan: ProductionPlan, trace: number, observation: number): string {
  const ms = (plan.baseMs + trace).toString(16).padStart(12, '0');
  const producer = plan.producer.toString(16).padStart(3, '0');
  const part = observation.toString(16).padStart(3, '0');
  return `${ms.slice(0, 8)}-${ms.slice(8)}-7${producer}-8${part}-${trace.toString(16).padStart(12, '0')}`;
}

const ROW_ID = /^.{8}-.{4}-7(.{3})-8(.{3})-(.{12})$/;

/** The reverse of `rowId`; null for an id it did not make. */
export function readRowId(id: string): { producer: number; trace: number; observation: number } | null {
  const [, producer, observation, trace] = ROW_ID.exec(id) ?? [];
  if (producer === undefined || observation === undefined || trace === undefined) return null;
  const numbers = [producer, observation, trace].map((hex) => Number.parseInt(hex, 16));
  const [first = NaN, second = NaN, third = NaN] = numbers;
  return { producer: first, observation: second, trace: third };
}

/** The event as the SDK's codec takes it; its times are those of the call. */
export function plannedEvent(plan: ProductionPlan, seq: number, now: Date): EncodableEvent {
  const { type, observation, payload } = shapeOf(seq);
  const { trace } = placeOf(seq);
  const time = now.toISOString();
  const ids = {
    trace_id: rowId(plan, trace, 0),
    ...(observation > 0 && { observation_id: rowId(plan, trace, observation) }),
  };
  const name = observation === 0 ? 'faulty run' : `step ${String(observation)}`;
  return {
    header: { event_type: type, ...ids, ...fieldsOf(type, name, time) },
    payloads: [[payload, payloadText(plan, seq)]],
  };
}

function fieldsOf(type: string, name: string, time: string): object {
  switch (type) {
    case 'trace_start':
      return { name, timestamp: time, user_id: 'oracle' };
    case 'observation_start':
      return { name, type: 'SPAN', start_time: time };
    case 'observation':
      return { name, type: 'TOOL', start_time: time, end_time: time };
    default:
      return { end_time: time };
  }
}
