import type pg from 'pg';
import type { Expectation } from './expectation.ts';
import { isRefused } from './planned-events.ts';
import type { StreamCounts } from '../stage/stream-counts.ts';

/** What the server itself says about what it received, beside what is true. */
export interface Accounts {
  /** Entries: added = acked + waiting + lost. */
  readonly entries: {
    readonly added: number;
    readonly acked: number;
    readonly waiting: number;
    readonly lost: number;
  };
  /** Events: received = stored + duplicate + rejected + switched off. */
  readonly events: EventSums;
  /** What does not agree with itself or with the oracle, as sentences; none: both accounts are exact. */
  readonly problems: readonly string[];
}

export interface EventSums {
  readonly received: number;
  readonly stored: number;
  readonly duplicate: number;
  readonly rejected: number;
  readonly switchedOff: number;
  /** Numbers that are known to have been given and never came. */
  readonly missing: number;
}

const SUM_OF = (column: string): string =>
  `coalesce((SELECT sum(value::bigint) FROM jsonb_each_text(${column})), 0)`;
const COLUMNS = `received::bigint, stored::bigint, duplicate::bigint, unverified::bigint,
  ${SUM_OF('rejected')} AS rejected, ${SUM_OF('switched_off')} AS switched_off`;
const TOTALS = `SELECT ${COLUMNS} FROM event_totals WHERE project_id = $1`;
const HOURS = `SELECT coalesce(sum(received), 0) AS received, coalesce(sum(stored), 0) AS stored,
  coalesce(sum(duplicate), 0) AS duplicate, coalesce(sum(rejected), 0) AS rejected,
  coalesce(sum(switched_off), 0) AS switched_off
  FROM (SELECT ${COLUMNS} FROM event_accounts WHERE project_id = $1) AS hours`;
const PROGRESS = `SELECT instance_id, seen::text, missing::bigint
  FROM producer_progress WHERE project_id = $1 AND verified`;
/** Lives of the stream before the present one: what waited when they ended is lost. */
const EARLIER = `SELECT coalesce(sum(lost), 0) AS lost FROM stream_epochs WHERE ended_at IS NOT NULL`;

type Row = Record<string, unknown>;

/**
 * Reads both accounts and holds them against the oracle. The system must be at rest.
 * @param lostEvents events the oracle knows to be lost; they must be exactly those the account calls missing
 */
export async function checkAccounts(
  client: pg.Client,
  facts: {
    projectId: string;
    expectations: readonly Expectation[];
    counts: StreamCounts;
    lostEvents: number;
  },
): Promise<Accounts> {
  const rows = async (sql: string, values: readonly unknown[]): Promise<Row[]> =>
    (await client.query<Row>(sql, [...values])).rows;
  const [total = {}] = await rows(TOTALS, [facts.projectId]);
  const [hours = {}] = await rows(HOURS, [facts.projectId]);
  const progress = await rows(PROGRESS, [facts.projectId]);
  const [earlier = {}] = await rows(EARLIER, []);
  const { added, acked, waiting } = facts.counts;
  const entries = { added, acked, waiting, lost: added - acked - waiting + Number(earlier['lost']) };
  const events = {
    ...sumsOf(total),
    missing: progress.reduce((sum, row) => sum + Number(row['missing']), 0),
  };
  const problems = [
    ...disagreements(events, sumsOf(hours)),
    ...againstOracle(events, facts),
    ...(facts.lostEvents === 0 ? againstProgress(progress, facts.expectations) : []),
  ];
  if (facts.lostEvents === 0 && entries.lost !== 0)
    problems.push(`${String(entries.lost)} entries count as lost`);
  return { entries, events, problems };
}

function sumsOf(row: Row): Omit<EventSums, 'missing'> {
  const [received, stored, duplicate, rejected, switchedOff] = [
    'received',
    'stored',
    'duplicate',
    'rejected',
    'switched_off',
  ].map((column) => Number(row[column] ?? 0));
  return {
    received: received ?? NaN,
    stored: stored ?? NaN,
    duplicate: duplicate ?? NaN,
    rejected: rejected ?? NaN,
    switchedOff: switchedOff ?? NaN,
  };
}

function disagreements(totals: EventSums, hours: Omit<EventSums, 'missing'>): string[] {
  const { missing: _, ...sums } = totals;
  const problems: string[] = [];
  if (sums.received !== sums.stored + sums.duplicate + sums.rejected + sums.switchedOff)
    problems.push(`the events do not add up: ${JSON.stringify(sums)}`);
  if (JSON.stringify(sums) !== JSON.stringify(hours))
    problems.push(`the hours say ${JSON.stringify(hours)}, the totals ${JSON.stringify(sums)}`);
  return problems;
}

function againstOracle(
  events: EventSums,
  { expectations, lostEvents }: { expectations: readonly Expectation[]; lostEvents: number },
): string[] {
  const promised = expectations.reduce((sum, expectation) => sum + expectation.events, 0);
  const arrived = events.stored + events.rejected + events.switchedOff;
  const problems: string[] = [];
  if (arrived !== promised - lostEvents)
    problems.push(`${String(arrived)} events count as arrived, ${String(promised - lostEvents)} did`);
  if (events.missing !== lostEvents)
    problems.push(`${String(events.missing)} events count as missing, ${String(lostEvents)} are`);
  const refused = expectations.reduce((sum, expectation) => sum + refusedOf(expectation), 0);
  if (lostEvents === 0 && events.rejected !== refused)
    problems.push(`${String(events.rejected)} events count as rejected, ${String(refused)} were sent broken`);
  return problems;
}

function refusedOf({ plan, isPromised }: Expectation): number {
  let refused = 0;
  for (let seq = 1; seq <= plan.events; seq++) if (isRefused(seq) && isPromised(seq)) refused++;
  return refused;
}

function againstProgress(progress: readonly Row[], expectations: readonly Expectation[]): string[] {
  const seen = new Map(progress.map((row) => [row['instance_id'], String(row['seen'])]));
  return expectations.flatMap(({ instanceId, highest }) => {
    const wanted = `{[1,${String(highest + 1)})}`;
    const is = seen.get(instanceId) ?? 'nothing';
    return is === wanted ? [] : [`of ${instanceId} ${is} counts as seen, it sent ${wanted}`];
  });
}
