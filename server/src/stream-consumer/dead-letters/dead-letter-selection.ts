import { decodeCursor, encodeCursor } from '../../http/page.ts';
import { invalidField } from '../../kernel/domain-error.ts';
import { type DeadLetterKey, parseDeadLetterId } from './dead-letter-id.ts';

/** `waiting`: not stored yet. `replayed`: stored by a replay. */
export const LETTER_STATES = ['waiting', 'replayed'] as const;
export type LetterState = (typeof LETTER_STATES)[number];

/** Which dead letters; what is absent is not asked for. */
export interface DeadLetterFilter {
  readonly projectId?: string | undefined;
  readonly reason?: string | undefined;
  readonly exceptReason?: string | undefined;
  readonly state?: LetterState | undefined;
}

/** Where a page ended: all that follows is older. */
export interface LetterPosition extends DeadLetterKey {
  /** RFC 3339 with microseconds. */
  readonly createdAt: string;
}

export interface Condition {
  readonly sql: string;
  readonly parameters: readonly unknown[];
}

/** Newest first; those refused at the same time in a fixed order. */
export const NEWEST_FIRST = 'd.created_at DESC, d.entry_id DESC, d.event_index DESC, d.project_id DESC';

/** `created_at` as a cursor holds it. */
export const CREATED_AT_TEXT = `to_char(d.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;

const POSITION_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/;

/** The WHERE of a list of `dead_letters AS d`. */
export function conditionOf(filter: DeadLetterFilter, after: LetterPosition | null = null): Condition {
  const parameters: unknown[] = [];
  const bound = (value: unknown, type: string): string => `$${String(parameters.push(value))}::${type}`;
  const parts: string[] = [];
  if (filter.projectId !== undefined) parts.push(`d.project_id = ${bound(filter.projectId, 'uuid')}`);
  if (filter.reason !== undefined) parts.push(`d.reason = ${bound(filter.reason, 'text')}`);
  if (filter.exceptReason !== undefined) parts.push(`d.reason <> ${bound(filter.exceptReason, 'text')}`);
  if (filter.state === 'waiting') parts.push(`d.replay_outcome IS DISTINCT FROM 'stored'`);
  if (filter.state === 'replayed') parts.push(`d.replay_outcome = 'stored'`);
  if (after !== null) {
    const time = bound(after.createdAt, 'timestamptz');
    const key = [bound(after.entryId, 'text'), bound(after.eventIndex, 'integer')];
    const project = bound(after.projectId, 'uuid');
    parts.push(
      `(d.created_at, d.entry_id, d.event_index, d.project_id) < (${[time, ...key, project].join(', ')})`,
    );
  }
  return { sql: parts.length === 0 ? 'true' : parts.join(' AND '), parameters };
}

export function cursorOf({ createdAt, entryId, eventIndex, projectId }: LetterPosition): string {
  return encodeCursor(positionKey({ createdAt, entryId, eventIndex, projectId }));
}

export function positionKey({ createdAt, entryId, eventIndex, projectId }: LetterPosition): string[] {
  return [createdAt, entryId, String(eventIndex), projectId];
}

/** @throws DomainError `invalid` naming `cursor` */
export function positionOf(cursor: string | undefined): LetterPosition | null {
  const key = decodeCursor(cursor, 4);
  if (key === null) return null;
  const [createdAt = '', entryId = '', index = '', projectId = ''] = key;
  const isTime = POSITION_TIME.test(createdAt) && !Number.isNaN(Date.parse(createdAt));
  const letter = parseDeadLetterId([projectId, entryId, index].join('.'));
  if (!isTime || letter === null) {
    throw invalidField('cursor', 'must be the next_cursor of an earlier page');
  }
  return { createdAt, ...letter };
}

/** Keys as three parallel arrays, for `unnest`. */
export function keyArrays(keys: readonly DeadLetterKey[]): [string[], string[], number[]] {
  return [
    keys.map(({ projectId }) => projectId),
    keys.map(({ entryId }) => entryId),
    keys.map(({ eventIndex }) => eventIndex),
  ];
}

/** Joins `dead_letters AS d` with the keys of {@link keyArrays}, the first three parameters. */
export const OF_KEYS = `unnest($1::uuid[], $2::text[], $3::integer[]) AS k(project_id, entry_id, event_index)
  WHERE d.project_id = k.project_id AND d.entry_id = k.entry_id AND d.event_index = k.event_index`;
