import type { RefusalReason } from '../decoding/refusal.ts';
import { decodeAdmitted, refusalOf, type StorableEvent, WHOLE_ENTRY } from '../decoding/entry-decoder.ts';
import { decodeEvent } from '../decoding/event-decoder.ts';
import type { EntryAdmission, FirstSignatures } from '../storing/entry-admission.ts';
import { keptEntry, keptEvent, keptSource } from './dead-letter-content.ts';
import { rawOfEvent } from './dead-letter-raw.ts';
import type { LetterFacts, WholeLetter } from './dead-letter-reader.ts';
import type { Refused } from './dead-letter-store.ts';

/** What a kept entry or event is worth today. */
export type Judgement =
  | {
      readonly kind: 'events';
      readonly events: readonly StorableEvent[];
      readonly refused: readonly Refused[];
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
  private readonly admission: EntryAdmission;
  private readonly projects: Projects;

  constructor(admission: EntryAdmission, projects: Projects) {
    this.admission = admission;
    this.projects = projects;
  }

  /** @param firstSignatures of the letters stored together; a new one is added */
  async judge(letter: WholeLetter, firstSignatures: FirstSignatures): Promise<JudgedLetter> {
    return { letter: withoutBytes(letter), judgement: await this.judgementOf(letter, firstSignatures) };
  }

  private async judgementOf(letter: WholeLetter, firstSignatures: FirstSignatures): Promise<Judgement> {
    if (letter.rawFormat !== 'entry' && letter.rawFormat !== 'event') return { kind: 'unreadable' };
    if (!isReadable(letter)) return { kind: 'cut' };
    if (letter.rawFormat === 'entry') return this.judgeEntry(letter, firstSignatures);
    return this.judgeEvent(letter);
  }

  private async judgeEntry(letter: WholeLetter, firstSignatures: FirstSignatures): Promise<Judgement> {
    const entry = keptEntry(letter.entryId, letter.raw);
    const admission = await this.admission.admit(entry, firstSignatures);
    if (!admission.ok) return { kind: 'refused', reason: admission.reason, detail: admission.detail };
    const { events, refused } = decodeAdmitted(entry, admission);
    const whole = refused.find(({ index }) => index === WHOLE_ENTRY);
    if (whole !== undefined) return { kind: 'refused', reason: whole.reason, detail: whole.detail };
    const { projectId } = admission;
    return { kind: 'events', events, refused: refused.map((event) => ({ projectId, ...event })) };
  }

  private async judgeEvent(letter: WholeLetter): Promise<Judgement> {
    const kept = keptEvent(letter.raw);
    if (kept === null) return { kind: 'unreadable' };
    const { projectId, entryId, eventIndex: index } = letter;
    if ((await this.projects.find(projectId)) === null)
      return { kind: 'refused', reason: 'unknown_project', detail: projectId };
    const { raw, source } = keptSource(letter, kept);
    try {
      const event = decodeEvent(raw, source);
      const stored = { entryId, index, event, raw: () => rawOfEvent(raw, source) };
      return { kind: 'events', events: [stored], refused: [] };
    } catch (error) {
      return { kind: 'refused', ...refusalOf(error) };
    }
  }
}

/** What is held on to while the others of a chunk are read. */
function withoutBytes({ raw: _raw, ...facts }: WholeLetter): LetterFacts {
  return facts;
}
