import type { EntityManager } from 'typeorm';
import { rowsOf } from '../../database/sql-rows.ts';
import type { Clock } from '../../kernel/clock.ts';
import { storableText } from '../../traces/index.ts';
import type { RefusedEvent } from '../decoding/entry-decoder.ts';
import { receivedMsOf } from '../reading/stream-reader.ts';
import {
  BUDGET_LIMITS,
  budgetKey,
  type BudgetLimits,
  DeadLetterBudget,
  unitsOf,
} from './dead-letter-budget.ts';

const DETAIL_MAX_CHARS = 500;
/** Rows of one statement; 11 parameters each, of at most 65,535. */
const ROWS = 2_000;
const COLUMNS = [
  ['project_id', 'uuid'],
  ['entry_id', 'text'],
  ['event_index', 'integer'],
  ['reason', 'text'],
  ['detail', 'text'],
  ['raw', 'bytea'],
  ['raw_format', 'text'],
  ['raw_bytes', 'integer'],
  ['kept_bytes', 'integer'],
  ['received_at', 'timestamptz'],
  ['created_at', 'timestamptz'],
] as const;

/** A refused event, and under whose name it is kept: the verified project, else the nil UUID. */
export interface Refused extends RefusedEvent {
  readonly projectId: string;
}

/** How many of the refused events there is a dead letter of now, and how many there was no room for. */
export interface KeptLetters {
  readonly kept: number;
  readonly notKept: number;
}

const FIND = `
  SELECT project_id, entry_id, event_index FROM dead_letters
    JOIN unnest($1::uuid[], $2::text[], $3::integer[]) AS refused (project_id, entry_id, event_index)
      USING (project_id, entry_id, event_index)`;

/** Keeps what was refused, within the {@link DeadLetterBudget}. The same event refused again is the same dead letter. */
export class DeadLetterStore {
  private readonly clock: Clock;
  private readonly budget: DeadLetterBudget;

  constructor(clock: Clock, limits: BudgetLimits = BUDGET_LIMITS) {
    this.clock = clock;
    this.budget = new DeadLetterBudget(clock, limits);
  }

  /** Part of the caller's transaction. What is kept already takes no room again. */
  async store(manager: EntityManager, refused: readonly Refused[]): Promise<KeptLetters> {
    if (refused.length === 0) return { kept: 0, notKept: 0 };
    const known = await findKept(manager, refused);
    const fresh = refused.filter((event) => !known.has(keyOf(event)));
    const kept = fresh.length === 0 ? [] : await this.withinBudget(manager, fresh.toSorted(byKey));
    const now = this.clock.now();
    for (let at = 0; at < kept.length; at += ROWS) await insert(manager, kept.slice(at, at + ROWS), now);
    const notKept = fresh.length - kept.length;
    return { kept: refused.length - notKept, notKept };
  }

  /** The first ones of each project and reason, as far as the budget goes; the others are counted. */
  private async withinBudget(manager: EntityManager, refused: readonly Refused[]): Promise<Refused[]> {
    const granted = await this.budget.take(manager, requestsOf(refused));
    const notKept = new Map<string, number>();
    const kept = refused.filter(({ projectId, reason, raw }) => {
      const key = budgetKey(projectId, reason);
      const left = (granted.get(key) ?? 0) - unitsOf(raw.kept.length);
      if (left >= 0) granted.set(key, left);
      else notKept.set(key, (notKept.get(key) ?? 0) + 1);
      return left >= 0;
    });
    if (notKept.size > 0) await this.budget.countNotKept(manager, notKept);
    return kept;
  }
}

const keyOf = ({ projectId, entryId, index }: Refused): string => `${projectId}/${entryId}/${String(index)}`;

async function findKept(manager: EntityManager, refused: readonly Refused[]): Promise<ReadonlySet<string>> {
  const answer: unknown = await manager.query(FIND, [
    refused.map(({ projectId }) => projectId),
    refused.map(({ entryId }) => entryId),
    refused.map(({ index }) => index),
  ]);
  return new Set(
    rowsOf(answer).map((row) =>
      [row['project_id'], row['entry_id'], row['event_index']].map(String).join('/'),
    ),
  );
}

function requestsOf(refused: readonly Refused[]): { projectId: string; reason: string; units: number }[] {
  const requests = new Map<string, { projectId: string; reason: string; units: number }>();
  for (const { projectId, reason, raw } of refused) {
    const key = budgetKey(projectId, reason);
    const request = requests.get(key) ?? { projectId, reason, units: 0 };
    request.units += unitsOf(raw.kept.length);
    requests.set(key, request);
  }
  return [...requests.values()];
}

async function insert(manager: EntityManager, refused: readonly Refused[], now: Date): Promise<void> {
  const rows = refused.map((_, row) => {
    const first = row * COLUMNS.length + 1;
    return `(${COLUMNS.map(([, type], column) => `$${String(first + column)}::${type}`).join(',')})`;
  });
  await manager.query(
    `INSERT INTO dead_letters (${COLUMNS.map(([name]) => name).join(',')})
     VALUES ${rows.join(',')} ON CONFLICT (project_id, entry_id, event_index) DO NOTHING`,
    refused.flatMap((event) => valuesOf(event, now)),
  );
}

/** In the order of `COLUMNS`. */
function valuesOf({ projectId, entryId, index, reason, detail, raw }: Refused, now: Date): unknown[] {
  const received = new Date(receivedMsOf(entryId));
  const { kept, format, bytes } = raw;
  return [
    projectId,
    entryId,
    index,
    reason,
    keptDetail(detail),
    kept,
    format,
    bytes,
    kept.length,
    received,
    now,
  ];
}

/** As much of what was said about a refusal as its column takes. */
export function keptDetail(detail: string): string {
  return storableText(detail.slice(0, DETAIL_MAX_CHARS));
}

function byKey(one: Refused, other: Refused): number {
  if (one.projectId !== other.projectId) return one.projectId < other.projectId ? -1 : 1;
  if (one.entryId !== other.entryId) return one.entryId < other.entryId ? -1 : 1;
  return one.index - other.index;
}
