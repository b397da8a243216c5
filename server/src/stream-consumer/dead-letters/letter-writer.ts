import type { DataSource, EntityManager } from 'typeorm';
import type { Clock } from '../../kernel/clock.ts';
import type { TraceWriter } from '../../traces/index.ts';
import type { StorableEvent, StorableGraph } from '../decoding/entry-decoder.ts';
import { outcomesOf, traceKeyOf } from '../storing/batch-outcome.ts';
import type { BatchAccount, SignatureLedger, TraceGate } from '../storing/batch-writer.ts';
import { deadLetterId } from './dead-letter-id.ts';
import { keyArrays, OF_KEYS } from './dead-letter-selection.ts';
import { type DeadLetterStore, keptDetail } from '../refused/dead-letter-store.ts';
import type { JudgedLetter, JudgedLetters } from './letter-judge.ts';
import {
  type EventFates,
  type LetterOutcome,
  type LetterResult,
  resultOf,
  untried,
} from './letter-outcome.ts';
import { retriedTransaction } from './retried-transaction.ts';
import { storeGraphs } from '../storing/graph-storing.ts';
import { storeSplitting } from '../storing/store-splitting.ts';
import { momentOf, spansOf } from '../storing/trace-moments.ts';

export interface LetterWriterParts {
  dataSource: DataSource;
  traceWriter: TraceWriter;
  deadLetters: DeadLetterStore;
  signatures: SignatureLedger;
  gate: TraceGate;
  account: Pick<BatchAccount, 'record'>;
  clock: Clock;
}

/** Some letters that are stored together. */
export interface LetterBatch extends JudgedLetters {
  /** E-mail address of the person who asked for it. */
  readonly by: string;
  readonly isDryRun: boolean;
}

/** In key order, so that two replays wait for each other; a letter that was stored meanwhile is left out. */
const LOCK = `SELECT d.project_id, d.entry_id, d.event_index FROM dead_letters d, ${OF_KEYS}
  AND d.replay_outcome IS DISTINCT FROM 'stored'
  ORDER BY d.project_id, d.entry_id, d.event_index FOR UPDATE OF d`;

const FIND = `SELECT d.project_id, d.entry_id, d.event_index FROM dead_letters d, ${OF_KEYS}`;

const MARK = `UPDATE dead_letters AS d SET replay_outcome = k.outcome, reason = coalesce(k.reason, d.reason),
    detail = coalesce(k.detail, d.detail), replayed_at = $7::timestamptz, replayed_by = $8::text
  FROM unnest($1::uuid[], $2::text[], $3::integer[], $4::text[], $5::text[], $6::text[])
    AS k(project_id, entry_id, event_index, outcome, reason, detail)
  WHERE d.project_id = k.project_id AND d.entry_id = k.entry_id AND d.event_index = k.event_index`;

const MARKED = new Set<string>(['stored', 'refused', 'switched_off']);

interface KeyRow {
  project_id: string;
  entry_id: string;
  event_index: number;
}

/** Ends a dry run: everything was tried, nothing stays. */
class DryRunDone extends Error {
  readonly results: readonly LetterResult[];

  constructor(results: readonly LetterResult[]) {
    super('Dry run');
    this.results = results;
  }
}

/** Stores the events of judged letters and marks the letters, in one transaction. */
export class LetterWriter {
  private readonly parts: LetterWriterParts;

  constructor(parts: LetterWriterParts) {
    this.parts = parts;
  }

  /** @returns what became of each, in the order given; of a dry run, what would have become of it */
  async write(batch: LetterBatch): Promise<LetterOutcome[]> {
    const { dataSource, gate, signatures } = this.parts;
    const judged = await gate.projectsToJudge(spansOf(batch.letters.flatMap(eventsOf).map(momentOf)));
    try {
      const results = await retriedTransaction(dataSource, async (manager) => {
        const done = await this.writeInto(manager, batch, judged);
        if (batch.isDryRun) throw new DryRunDone(done);
        return done;
      });
      for (const projectId of batch.firstSignatures.keys()) signatures.evict(projectId);
      return results.map(({ outcome }) => outcome);
    } catch (error) {
      if (error instanceof DryRunDone) return error.results.map(({ outcome }) => outcome);
      throw error;
    }
  }

  private async writeInto(
    manager: EntityManager,
    batch: LetterBatch,
    judged: ReadonlySet<string>,
  ): Promise<LetterResult[]> {
    const { deadLetters, signatures } = this.parts;
    const waiting = await keysIn(manager, LOCK, batch.letters);
    const letters = batch.letters.filter(({ letter }) => waiting.has(deadLetterId(letter)));
    for (const [projectId, atMs] of [...batch.firstSignatures].sort()) {
      await signatures.markSigned(manager, projectId, new Date(atMs));
    }
    const fates = {
      ...(await this.storeEvents(manager, letters.flatMap(eventsOf), judged)),
      failedGraphs: await failedGraphsOf(manager, letters.flatMap(graphsOf)),
    };
    const results = letters.map((letter) => resultOf(letter, fates));
    await deadLetters.store(
      manager,
      results.flatMap(({ refused }) => refused),
    );
    await this.mark(manager, results, batch.by);
    await this.account(manager, letters, { fates, results });
    if (letters.length === batch.letters.length) return results;
    return this.withGone(manager, batch.letters, results);
  }

  private async storeEvents(
    manager: EntityManager,
    events: readonly StorableEvent[],
    judged: ReadonlySet<string>,
  ): Promise<Omit<EventFates, 'failedGraphs'>> {
    const moments = events.filter(({ event }) => judged.has(event.projectId)).map(momentOf);
    const off =
      moments.length === 0 ? new Set<string>() : await this.parts.gate.findSwitchedOff(manager, moments);
    const switchedOff = new Set(events.filter((event) => off.has(traceKeyOf(event))));
    const wanted = events.filter((event) => !switchedOff.has(event));
    const failed = await storeSplitting({ manager, writer: this.parts.traceWriter }, wanted);
    return { failed: new Map(failed.map((failure) => [failure.event, failure])), switchedOff };
  }

  /**
   * Entries that nobody vouched for were counted as one refusal each, in nobody's name. Those of a project now count in its
   * name, once. Other letters stay counted as what they were: rejected.
   */
  private async account(
    manager: EntityManager,
    letters: readonly JudgedLetter[],
    { fates, results }: { fates: EventFates; results: readonly LetterResult[] },
  ): Promise<void> {
    const isStored = (at: number): boolean => results[at]?.outcome.outcome === 'stored';
    const entries = letters.flatMap(({ judgement }, at) =>
      judgement.kind === 'events' && isStored(at) ? (judgement.newcomer ?? []) : [],
    );
    if (entries.length === 0) return;
    const refused = results.flatMap((result) => result.refused);
    const switchedOff = new Set([...fates.switchedOff].map(traceKeyOf));
    const stored = { known: new Set<string>(), refused, failed: [], switchedOff };
    await this.parts.account.record(manager, outcomesOf(entries, stored));
  }

  /** A letter that nothing could be tried with stays as it is. */
  private async mark(manager: EntityManager, results: readonly LetterResult[], by: string): Promise<void> {
    const marked = results.map(({ outcome }) => outcome).filter(({ outcome }) => MARKED.has(outcome));
    if (marked.length === 0) return;
    await manager.query(MARK, [
      ...keyArrays(marked),
      marked.map(({ outcome }) => outcome),
      marked.map(({ reason }) => reason),
      marked.map(({ detail }) => (detail === null ? null : keptDetail(detail))),
      this.parts.clock.now(),
      by,
    ]);
  }

  /** Adds those that somebody else stored or deleted since they were read. */
  private async withGone(
    manager: EntityManager,
    letters: readonly JudgedLetter[],
    results: readonly LetterResult[],
  ): Promise<LetterResult[]> {
    const there = await keysIn(manager, FIND, letters);
    const done = new Map(results.map((result) => [deadLetterId(result.outcome), result]));
    return letters.map(({ letter }) => {
      const id = deadLetterId(letter);
      const outcome = untried(letter, there.has(id) ? 'already_replayed' : 'not_found');
      return done.get(id) ?? { outcome, refused: [] };
    });
  }
}

function eventsOf({ judgement }: JudgedLetter): readonly StorableEvent[] {
  return judgement.kind === 'events' ? judgement.events : [];
}

function graphsOf({ judgement }: JudgedLetter): readonly StorableGraph[] {
  return judgement.kind === 'events' ? judgement.graphs : [];
}

async function failedGraphsOf(
  manager: EntityManager,
  graphs: readonly StorableGraph[],
): Promise<EventFates['failedGraphs']> {
  const failed = await storeGraphs(manager, graphs);
  return new Map(failed.map((failure) => [failure.graph, failure]));
}

async function keysIn(
  manager: EntityManager,
  sql: string,
  letters: readonly JudgedLetter[],
): Promise<ReadonlySet<string>> {
  const rows = await manager.query<KeyRow[]>(sql, keyArrays(letters.map(({ letter }) => letter)));
  return new Set(
    rows.map((row) =>
      deadLetterId({ projectId: row.project_id, entryId: row.entry_id, eventIndex: row.event_index }),
    ),
  );
}
