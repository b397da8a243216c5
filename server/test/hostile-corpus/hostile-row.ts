import type { RefusalReason } from '../../src/stream-consumer/decoding/refusal.ts';
import { type EntryFields, entryFields, type HostileEvent } from './hostile-entry.ts';
import { iso, type RowContext } from './row-context.ts';

export { type CorpusProject, iso, type RowContext } from './row-context.ts';

/**
 * What must become of a row. `marks` are those of the stored row: empty when it was stored as it came. `columns` are
 * some of its columns, `payload` the text its input is stored as.
 */
export type Expected =
  | {
      readonly outcome: 'stored';
      readonly marks: readonly string[];
      readonly columns: Readonly<Record<string, unknown>>;
      readonly payload?: string;
    }
  | {
      readonly outcome: 'dead';
      readonly reason: RefusalReason;
      readonly level: 'entry' | 'event';
      readonly under: Owner;
    };

/** Under whose name a dead letter is kept: nobody's where it was refused before anybody could tell. */
export type Owner = 'project' | 'signed' | 'nobody';

export interface HostileRow {
  readonly name: string;
  /** The whole entry. An event stands between two good ones at position 1. */
  readonly fields: (context: RowContext) => EntryFields;
  /** Whether good events stand beside it in its entry. */
  readonly hasNeighbours: boolean;
  readonly expected: Expected;
}

export const stored = (columns: Record<string, unknown> = {}): Expected => ({
  outcome: 'stored',
  marks: [],
  columns,
});
export const storedAs = (payload: string): Expected => ({
  outcome: 'stored',
  marks: [],
  columns: {},
  payload,
});
export const marked = (
  marks: string | readonly string[],
  columns: Record<string, unknown> = {},
): Expected => ({
  outcome: 'stored',
  marks: [marks].flat(),
  columns,
});
export const dead = (reason: RefusalReason): Expected => ({
  outcome: 'dead',
  reason,
  level: 'event',
  under: 'project',
});
export const deadEntry = (reason: RefusalReason, under: Owner = ownerOf(reason)): Expected => ({
  outcome: 'dead',
  reason,
  level: 'entry',
  under,
});

function ownerOf(reason: RefusalReason): Owner {
  const nobodys: readonly RefusalReason[] = [
    ...(['missing_project', 'unknown_project', 'unknown_key', 'foreign_key', 'revoked_key'] as const),
    ...(['expired_key', 'bad_signature', 'unsigned'] as const),
  ];
  return nobodys.includes(reason) ? 'nobody' : 'project';
}

type Change = Record<string, unknown>;
type Made<V> = Readonly<Record<string, V>> | ((context: RowContext) => Readonly<Record<string, V>>);

function made<V>(value: Made<V>, context: RowContext): Record<string, V> {
  return typeof value === 'function' ? value(context) : value;
}

export const traceHeader = (c: RowContext, change: Change = {}): Change => ({
  event_type: 'trace_start',
  trace_id: c.trace,
  name: 'hostile',
  timestamp: iso(c.nowMs),
  session_id: c.tag,
  ...change,
});

export const stepHeader = (c: RowContext, change: Change = {}): Change => ({
  event_type: 'observation',
  trace_id: c.trace,
  observation_id: `step of ${c.tag}`,
  name: 'hostile',
  type: 'SPAN',
  start_time: iso(c.nowMs),
  end_time: iso(c.nowMs),
  model: c.tag,
  ...change,
});

/** A hostile event between two good ones. */
export function event(name: string, make: (c: RowContext) => HostileEvent, expected: Expected): HostileRow {
  const fields = (c: RowContext): EntryFields => {
    const [before, after] = neighboursOf(c.trace).map((trace_id) => ({
      header: traceHeader(c, { trace_id, name: 'neighbour', session_id: undefined }),
    }));
    return entryFields(c, [before ?? { header: {} }, make(c), after ?? { header: {} }]);
  };
  return { name, fields, hasNeighbours: true, expected };
}

/** Ids of the good events beside the event of a trace: its own with the last digit group changed. */
export function neighboursOf(trace: string): string[] {
  return ['aaaaaaaaaaaa', 'bbbbbbbbbbbb'].map((end) => trace.slice(0, 24) + end);
}

/** A `trace_start` with some fields changed; undefined takes a field away. */
export const trace = (name: string, change: Made<unknown>, expected: Expected): HostileRow =>
  event(name, (c) => ({ header: traceHeader(c, made(change, c)) }), expected);

/** A whole observation with some fields changed. */
export const step = (name: string, change: Made<unknown>, expected: Expected): HostileRow =>
  event(name, (c) => ({ header: stepHeader(c, made(change, c)) }), expected);

/** A `trace_start` with this as its input. */
export const payload = (name: string, input: string | Buffer, expected: Expected): HostileRow =>
  event(name, (c) => ({ header: traceHeader(c), payloads: [['input', input]] }), expected);

/** An entry of one `trace_start` with some fields of its envelope changed or added; undefined takes one away. */
export const entry = (
  name: string,
  change: Made<string | Buffer | undefined>,
  expected: Expected,
): HostileRow => ({
  name,
  fields: (c) => entryFields(c, [{ header: traceHeader(c) }], made(change, c)),
  hasNeighbours: false,
  expected,
});

/** An entry made from scratch. */
export const rawEntry = (
  name: string,
  fields: (c: RowContext) => EntryFields,
  expected: Expected,
): HostileRow => ({ name, fields, hasNeighbours: false, expected });
