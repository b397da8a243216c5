import { DataSource, LessThan, type Repository } from 'typeorm';
import { decodeCursor, DEFAULT_PAGE_SIZE, type Page, pageOf, type PageQuery } from '../../http/page.ts';
import type { Clock } from '../../kernel/clock.ts';
import { ConcurrencyLimit } from '../../kernel/concurrency-limit.ts';
import { invalidField } from '../../kernel/domain-error.ts';
import { isUuid, uuidv7 } from '../../kernel/uuid.ts';
import { type DeadLetterKey, deadLetterId } from './dead-letter-id.ts';
import type { DeadLetterReader, LetterFacts } from './dead-letter-reader.ts';
import { DeadLetterReplay } from './dead-letter-replay.entity.ts';
import { cursorOf, type DeadLetterFilter, type LetterPosition } from './dead-letter-selection.ts';
import type { LetterJudge } from './letter-judge.ts';
import { endedTheProcess, type LetterOutcome, type ReplayOutcome, untried } from './letter-outcome.ts';
import type { LetterWriter } from './letter-writer.ts';

/** Which dead letters a request is about: these, or the newest that match. */
export type LetterSelection =
  | { readonly keys: readonly DeadLetterKey[] }
  | {
      readonly filter: DeadLetterFilter;
      readonly after: LetterPosition | null;
      readonly limit: number;
    };

export interface ReplayRequest {
  readonly selection: LetterSelection;
  /** What the record of the replay says about the selection. */
  readonly asked: object;
  readonly isDryRun: boolean;
  /** E-mail address of the person. */
  readonly by: string;
}

export interface ReplayResult {
  readonly id: string;
  readonly outcomes: readonly LetterOutcome[];
  readonly counts: ReplayCounts;
  /** Where to go on; null when there is nothing left. */
  readonly nextCursor: string | null;
  /** Waiting letters that match and come after these. */
  readonly remaining: number;
}

export type ReplayCounts = Partial<Record<ReplayOutcome, number>>;

export interface DeadLetterReplaysParts {
  dataSource: DataSource;
  reader: DeadLetterReader;
  judge: LetterJudge;
  writer: LetterWriter;
  /** Told after each commit: traces have changed. */
  rollup: { wake(): void };
  clock: Clock;
}

/** Letters of one transaction: at most 6.4 MB, and locks that nobody waits long for. */
const CHUNK = 100;
/** Tried where a filter names it, and not otherwise: one such letter can end the process that serves everything. */
const DANGEROUS_REASON = 'crash_loop';

/** Stores dead letters after all, and remembers who asked for it. */
export class DeadLetterReplays {
  private readonly parts: DeadLetterReplaysParts;
  private readonly records: Repository<DeadLetterReplay>;
  private readonly oneAtATime = new ConcurrencyLimit(1, 10);

  constructor(parts: DeadLetterReplaysParts) {
    this.parts = parts;
    this.records = parts.dataSource.getRepository(DeadLetterReplay);
  }

  /** Newest first. What was stored before an error stays stored; the record has no counts then. */
  replay(request: ReplayRequest): Promise<ReplayResult> {
    return this.oneAtATime.run(() => this.run(request));
  }

  /** One page of the records, newest first. */
  async list(query: PageQuery): Promise<Page<DeadLetterReplay>> {
    const limit = query.limit ?? DEFAULT_PAGE_SIZE;
    const [before] = decodeCursor(query.cursor, 1) ?? [];
    if (before !== undefined && !isUuid(before))
      throw invalidField('cursor', 'must be the next_cursor of an earlier page');
    const rows = await this.records.find({
      where: before === undefined ? {} : { id: LessThan(before) },
      order: { id: 'DESC' },
      take: limit + 1,
    });
    return pageOf(rows, limit, (row) => [row.id]);
  }

  private async run({ selection, asked, isDryRun, by }: ReplayRequest): Promise<ReplayResult> {
    const { clock } = this.parts;
    const record = { id: uuidv7(), at: clock.now(), by, selection: asked, dryRun: isDryRun };
    await this.records.insert({ ...record, counts: null, finishedAt: null });
    const { letters, left, nextCursor, remaining } = await this.select(selection);
    const outcomes = [...left];
    for (let at = 0; at < letters.length; at += CHUNK) {
      outcomes.push(...(await this.replayChunk(letters.slice(at, at + CHUNK), { by, isDryRun })));
    }
    const counts = countsOf(outcomes);
    await this.records.update({ id: record.id }, { counts, finishedAt: clock.now() });
    return { id: record.id, outcomes, counts, nextCursor, remaining };
  }

  private async select(selection: LetterSelection): Promise<{
    letters: readonly LetterFacts[];
    /** What became of those that nothing is tried with. */
    left: readonly LetterOutcome[];
    nextCursor: string | null;
    remaining: number;
  }> {
    const { reader } = this.parts;
    if ('keys' in selection) {
      const found = await reader.findFacts(selection.keys);
      return { ...withoutDangerous(selection.keys, found), nextCursor: null, remaining: 0 };
    }
    const { limit, after } = selection;
    const filter: DeadLetterFilter = { ...safe(selection.filter), state: 'waiting' };
    const { items } = await reader.list(filter, { limit, after });
    const last = items.at(-1) ?? null;
    const remaining = last === null ? 0 : await reader.count(filter, last);
    const nextCursor = last === null || remaining === 0 ? null : cursorOf(last);
    return { letters: items, left: [], nextCursor, remaining };
  }

  private async replayChunk(
    facts: readonly LetterFacts[],
    asked: { by: string; isDryRun: boolean },
  ): Promise<LetterOutcome[]> {
    const { reader, judge, writer, rollup } = this.parts;
    const letters = (await reader.findAll(facts)).toSorted(oldestFirst);
    const outcomes = await writer.write({ ...(await judge.judge(letters)), ...asked });
    rollup.wake();
    const done = new Map(outcomes.map((outcome) => [deadLetterId(outcome), outcome]));
    return facts.map((fact) => done.get(deadLetterId(fact)) ?? untried(fact, 'not_found'));
  }
}

/** Without a reason, all but those that ended the process: the next one would be this one. */
function safe(filter: DeadLetterFilter): DeadLetterFilter {
  return filter.reason === undefined ? { ...filter, exceptReason: DANGEROUS_REASON } : filter;
}

/** An id does not say what it is the id of: those that ended the process are left as they are. */
function withoutDangerous(
  keys: readonly DeadLetterKey[],
  found: readonly LetterFacts[],
): { letters: readonly LetterFacts[]; left: readonly LetterOutcome[] } {
  const ids = new Set(found.map(deadLetterId));
  const missing = keys.filter((key) => !ids.has(deadLetterId(key)));
  const [letters, dangerous] = [found.filter(isHarmless), found.filter((letter) => !isHarmless(letter))];
  return {
    letters,
    left: [...missing.map((key) => untried(key, 'not_found')), ...dangerous.map(endedTheProcess)],
  };
}

/** What is stored already is not tried again. */
function isHarmless({ reason, replay }: LetterFacts): boolean {
  return reason !== DANGEROUS_REASON || replay?.outcome === 'stored';
}

/** As the consumer met them: a first signature counts for what came after it. */
function oldestFirst(one: LetterFacts, other: LetterFacts): number {
  return one.receivedAt.getTime() - other.receivedAt.getTime();
}

function countsOf(outcomes: readonly LetterOutcome[]): ReplayCounts {
  const counts: ReplayCounts = {};
  for (const { outcome } of outcomes) counts[outcome] = (counts[outcome] ?? 0) + 1;
  return counts;
}
