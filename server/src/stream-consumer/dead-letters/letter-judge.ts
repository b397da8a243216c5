import { NIL_UUID } from '../../kernel/uuid.ts';
import { refusalOf, type StorableEvent, type StorableGraph, WHOLE_ENTRY } from '../decoding/entry-decoder.ts';
import { decodeEvent } from '../decoding/event-decoder.ts';
import { decodeGraph, isGraphEvent } from '../decoding/graph-decoder.ts';
import type { RefusalReason } from '../decoding/refusal.ts';
import type { FirstSignatures } from '../storing/entry-admission.ts';
import type { EntryPreparer, PreparedEntry } from '../storing/entry-preparer.ts';
import { keptEntry, keptEvent, keptSource } from '../decoding/raw-content.ts';
import { deadLetterId } from './dead-letter-id.ts';
import { rawOfEvent } from '../decoding/raw-bytes.ts';
import type { LetterFacts, WholeLetter } from './dead-letter-reader.ts';
import type { Refused } from '../refused/dead-letter-store.ts';

/** What a kept entry or event is worth today. */
export type Judgement =
  | {
      readonly kind: 'events';
      readonly events: readonly StorableEvent[];
      readonly graphs: readonly StorableGraph[];
      readonly refused: readonly Refused[];
      /** An entry that is a project's only now: to be counted as the consumer would have. */
      readonly newcomer: PreparedEntry | null;
    }
  | { readonly kind: 'refused'; readonly reason: RefusalReason; readonly detail: string }
  /** Its end was cut off, so nobody knows what it was. */
  | { readonly kind: 'cut' }
  /** Kept by an earlier version, or as a description only. */
  | { readonly kind: 'unreadable' };

export interface JudgedLetter {
  readonly letter: LetterFacts;
  readonly judgement: Judgement;
}

export interface JudgedLetters {
  readonly letters: readonly JudgedLetter[];
  /** Signatures first seen in these letters: project → Redis time in ms. */
  readonly firstSignatures: FirstSignatures;
}

interface Projects {
  find(projectId: string): Promise<object | null>;
}

/** Whether its bytes are all there and can be read again. */
export function isReadable({ rawFormat, rawBytes, keptBytes }: LetterFacts): boolean {
  return (rawFormat === 'entry' || rawFormat === 'event') && rawBytes === keptBytes;
}

/**
 * Reads dead letters again as the consumer would: an entry is admitted by its signature at its own Redis time and
 * decoded; an event was admitted when it came, so only its project must still be there.
 */
export class LetterJudge {
  private readonly newPreparer: () => EntryPreparer;
  private readonly projects: Projects;

  /** @param newPreparer of its own for each chunk: what one of them saw first is not known before it is stored */
  constructor(newPreparer: () => EntryPreparer, projects: Projects) {
    this.newPreparer = newPreparer;
    this.projects = projects;
  }

  /** @param letters in the order in which the consumer met them */
  async judge(letters: readonly WholeLetter[]): Promise<JudgedLetters> {
    const entries = letters.filter((letter) => letter.rawFormat === 'entry' && isReadable(letter));
    const batch = await this.newPreparer().prepare(
      entries.map(({ entryId, raw }) => keptEntry(entryId, raw)),
    );
    const prepared = new Map(entries.map((letter, at) => [deadLetterId(letter), batch.entries[at]]));
    const judged: JudgedLetter[] = [];
    for (const letter of letters) {
      const entry = prepared.get(deadLetterId(letter));
      const judgement = entry === undefined ? await this.judgeOther(letter) : judgeEntry(letter, entry);
      judged.push({ letter: withoutBytes(letter), judgement });
    }
    return { letters: judged, firstSignatures: batch.firstSignatures };
  }

  private async judgeOther(letter: WholeLetter): Promise<Judgement> {
    if (letter.rawFormat !== 'entry' && letter.rawFormat !== 'event') return { kind: 'unreadable' };
    return isReadable(letter) ? this.judgeEvent(letter) : { kind: 'cut' };
  }

  private async judgeEvent(letter: WholeLetter): Promise<Judgement> {
    const kept = keptEvent(letter.raw);
    if (kept === null) return { kind: 'unreadable' };
    const { projectId, entryId, eventIndex: index } = letter;
    if ((await this.projects.find(projectId)) === null)
      return { kind: 'refused', reason: 'unknown_project', detail: projectId };
    const { raw, source } = keptSource(letter, kept);
    try {
      const keptAgain = { entryId, index, raw: () => rawOfEvent(raw, source) };
      const found = { kind: 'events', events: [], graphs: [], refused: [], newcomer: null } as const;
      return isGraphEvent(raw)
        ? { ...found, graphs: [{ ...keptAgain, graph: decodeGraph(raw, source) }] }
        : { ...found, events: [{ ...keptAgain, event: decodeEvent(raw, source) }] };
    } catch (error) {
      return { kind: 'refused', ...refusalOf(error) };
    }
  }
}

function judgeEntry(letter: LetterFacts, entry: PreparedEntry): Judgement {
  const whole = entry.refused.find(({ index }) => index === WHOLE_ENTRY);
  if (whole !== undefined) return { kind: 'refused', reason: whole.reason, detail: whole.detail };
  const newcomer = letter.projectId === NIL_UUID ? entry : null;
  const { events, graphs, refused } = entry;
  return { kind: 'events', events, graphs, refused, newcomer };
}

/** What is held on to while the others of a chunk are read. */
function withoutBytes({ raw: _raw, ...facts }: WholeLetter): LetterFacts {
  return facts;
}
