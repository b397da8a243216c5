import type { Level, PayloadKind } from 'swisper-studio/contract';
import type { Version } from './event-version.ts';
import type { ObservedId } from './observed-id.ts';

/** A register's value in the form `json_to_recordset` reads: text, list of texts, or a JSON value. */
export type RegisterValue = string | readonly string[] | { readonly [key: string]: unknown };

export interface RegisterWrite {
  column: string;
  value: RegisterValue;
  version: Version;
}

export interface PayloadWrite {
  kind: PayloadKind;
  /** UTF-8 JSON text as it was sent; PostgreSQL checks its syntax. */
  bytes: Buffer;
  version: Version;
}

/** One event, decoded, sanitised and ordered: exactly what it writes into its rows. */
export interface MergeEvent {
  projectId: string;
  /** Whether a signature says whose it is. What is not signed never changes what is. */
  isSigned: boolean;
  trace: ObservedId;
  /** Null for events of the trace itself. */
  observation: ObservedId | null;
  /** Time of the stream entry, ms since 1970. */
  receivedMs: number;
  /** Earliest time the event tells, `YYYY-MM-DDTHH:MM:SS.ffffffZ`: the start of rows whose start is not known. */
  earliest: string;
  /** Version given to the row's start group; null unless this is a start event. */
  startVersion: Version | null;
  endVersion: Version | null;
  writes: readonly RegisterWrite[];
  level: Level | null;
  /** What was done to the event on its way in. */
  marks: readonly string[];
  payloads: readonly PayloadWrite[];
}
