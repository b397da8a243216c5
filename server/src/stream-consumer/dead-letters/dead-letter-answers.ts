import { deadLetterId } from './dead-letter-id.ts';
import type {
  DeadLetterAnswer,
  DeadLetterDetailAnswer,
  LetterOutcomeAnswer,
  ReasonCountAnswer,
  ReplayRecordAnswer,
  ValuePreviewAnswer,
} from './dead-letter-dto.ts';
import { previewOf, type ValuePreview } from './dead-letter-preview.ts';
import { RAW_FORMATS } from '../decoding/raw-bytes.ts';
import type { LetterFacts, ReasonCount, WholeLetter } from './dead-letter-reader.ts';
import type { DeadLetterReplay } from './dead-letter-replay.entity.ts';
import { isReadable } from './letter-judge.ts';
import type { LetterOutcome } from './letter-outcome.ts';

/** Ids of a replay's record that a list shows. */
const SHOWN_IDS = 10;

export function deadLetterAnswer(letter: LetterFacts): DeadLetterAnswer {
  const { replay } = letter;
  return {
    id: deadLetterId(letter),
    project_id: letter.projectId,
    entry_id: letter.entryId,
    event_index: letter.eventIndex,
    reason: letter.reason,
    detail: letter.detail,
    received_at: letter.receivedAt.toISOString(),
    created_at: letter.createdAt,
    raw_bytes: letter.rawBytes,
    kept_bytes: letter.keptBytes,
    can_replay: isReadable(letter) && replay?.outcome !== 'stored',
    last_replay:
      replay === null ? null : { outcome: replay.outcome, at: replay.at.toISOString(), by: replay.by },
  };
}

export function deadLetterDetailAnswer(letter: WholeLetter): DeadLetterDetailAnswer {
  const { fields, header, payloads, text } = previewOf(letter);
  return {
    ...deadLetterAnswer(letter),
    raw_format: RAW_FORMATS.find((format) => format === letter.rawFormat) ?? null,
    preview: {
      fields: fields?.map(valueAnswer) ?? null,
      header,
      payloads: payloads?.map(valueAnswer) ?? null,
      text,
    },
  };
}

export function reasonCountAnswer(count: ReasonCount): ReasonCountAnswer {
  const { reason, waiting, replayed, keptBytes, newestAt, notKept, purged } = count;
  const newest = newestAt?.toISOString() ?? null;
  return { reason, waiting, replayed, kept_bytes: keptBytes, newest_at: newest, not_kept: notKept, purged };
}

export function outcomeAnswer(letter: LetterOutcome): LetterOutcomeAnswer {
  const { outcome, reason, detail, eventsStored, eventsRefused } = letter;
  const counts = { events_stored: eventsStored, events_refused: eventsRefused };
  return { id: deadLetterId(letter), outcome, reason, detail, ...counts };
}

export function replayRecordAnswer(record: DeadLetterReplay): ReplayRecordAnswer {
  return {
    id: record.id,
    at: record.at.toISOString(),
    by: record.by,
    dry_run: record.dryRun,
    selection: shortSelection(record.selection),
    counts: record.counts,
    finished_at: record.finishedAt?.toISOString() ?? null,
  };
}

/** A list need not carry a thousand ids. */
function shortSelection(selection: object): object {
  const ids: unknown = Reflect.get(selection, 'ids');
  const list: readonly unknown[] = Array.isArray(ids) ? ids : [];
  if (list.length <= SHOWN_IDS) return selection;
  return { ids: list.slice(0, SHOWN_IDS), more_ids: list.length - SHOWN_IDS };
}

function valueAnswer({ name, bytes, text, base64, isCut }: ValuePreview): ValuePreviewAnswer {
  return { name, bytes, text, base64, is_cut: isCut };
}
