import type { StorableEvent, StorableGraph } from '../decoding/entry-decoder.ts';
import type { DeadLetterKey } from './dead-letter-id.ts';
import type { Refused } from '../refused/dead-letter-store.ts';
import type { JudgedLetter } from './letter-judge.ts';
import { type FailedGraph, refusedGraphOf } from '../storing/graph-storing.ts';
import { type FailedEvent, refusedOf } from '../storing/store-splitting.ts';

/**
 * `stored`: at least one of its events is; those that are not became dead letters of their own. `refused`: still, with
 * the reason. `switched_off`: belongs to a trace that began while tracing was off. `cut`, `unreadable`: its bytes are
 * not all there, or kept by an earlier version. `skipped`: it ended the process, and only a filter that names its reason
 * tries it again. `already_replayed`, `not_found`: nothing to do.
 */
export const REPLAY_OUTCOMES = [
  'stored',
  'refused',
  'switched_off',
  'cut',
  'unreadable',
  'skipped',
  'already_replayed',
  'not_found',
] as const;
export type ReplayOutcome = (typeof REPLAY_OUTCOMES)[number];

export interface LetterOutcome extends DeadLetterKey {
  readonly outcome: ReplayOutcome;
  readonly reason: string | null;
  readonly detail: string | null;
  readonly eventsStored: number;
  readonly eventsRefused: number;
}

/** What became of the events of some letters in their transaction. */
export interface EventFates {
  readonly failed: ReadonlyMap<StorableEvent, FailedEvent>;
  readonly failedGraphs: ReadonlyMap<StorableGraph, FailedGraph>;
  readonly switchedOff: ReadonlySet<StorableEvent>;
}

export interface LetterResult {
  readonly outcome: LetterOutcome;
  /** Events of a stored entry that are dead letters of their own now. */
  readonly refused: readonly Refused[];
}

const NOTHING = { reason: null, detail: null, eventsStored: 0, eventsRefused: 0 };

/** A letter that nothing was tried with. */
export function untried(letter: DeadLetterKey, outcome: ReplayOutcome): LetterOutcome {
  const { projectId, entryId, eventIndex } = letter;
  return { projectId, entryId, eventIndex, outcome, ...NOTHING };
}

/** A letter that ended the process, asked for by its id. */
export function endedTheProcess(letter: DeadLetterKey & { readonly reason: string }): LetterOutcome {
  const { reason } = letter;
  const detail = `It ended the process: only a filter that names the reason ${reason} tries it again`;
  return { ...untried(letter, 'skipped'), reason, detail };
}

/** What one letter came to. */
export function resultOf({ letter, judgement }: JudgedLetter, fates: EventFates): LetterResult {
  if (judgement.kind === 'cut' || judgement.kind === 'unreadable')
    return { outcome: untried(letter, judgement.kind), refused: [] };
  if (judgement.kind === 'refused') {
    const { reason, detail } = judgement;
    return { outcome: { ...untried(letter, 'refused'), reason, detail, eventsRefused: 1 }, refused: [] };
  }
  const off = judgement.events.filter((event) => fates.switchedOff.has(event)).length;
  const failed = [
    ...judgement.events.flatMap((event) => fates.failed.get(event) ?? []).map(refusedOf),
    ...judgement.graphs.flatMap((graph) => fates.failedGraphs.get(graph) ?? []).map(refusedGraphOf),
  ];
  const refused = [...judgement.refused, ...failed];
  const eventsStored = judgement.events.length + judgement.graphs.length - off - failed.length;
  const counts = { eventsStored, eventsRefused: refused.length };
  if (eventsStored > 0) return { outcome: { ...untried(letter, 'stored'), ...counts }, refused };
  const [first] = refused;
  if (first === undefined) return { outcome: { ...untried(letter, 'switched_off'), ...counts }, refused: [] };
  const { reason, detail } = first;
  return { outcome: { ...untried(letter, 'refused'), reason, detail, ...counts }, refused: [] };
}
