import { ID_MAX_CHARS } from 'swisper-studio/contract';
import { v5 } from 'uuid';
import { NIL_UUID, isUuid } from '../../kernel/uuid.ts';

/** An id as the database keys it, and as it was sent where that was not a UUID. */
export interface ObservedId {
  id: string;
  originalId: string | null;
}

const HEX32 = /^[0-9a-f]{32}$/;
/** What nearly every id consists of, and nothing that could make it unfit. */
const PLAIN = /^[0-9A-Za-z._:-]+$/;
/** Control characters, line and paragraph separators, and what is left of a torn surrogate pair. */
const UNPRINTABLE = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/u;

/** Whether the text is an id as it is, and nothing needs to be looked at more closely. */
export function isPlainId(text: string): boolean {
  return text.length <= ID_MAX_CHARS && PLAIN.test(text);
}

/** Whether the text may be an id: 1 to 200 printable characters. */
export function isObservedId(text: string): boolean {
  if (isPlainId(text)) return true;
  return text.length > 0 && text.length <= ID_MAX_CHARS && text.trim() !== '' && !UNPRINTABLE.test(text);
}

/** The UUID a text spells, in lower case with hyphens; null when it is none, or the nil UUID (which means "the trace itself"). */
export function asUuid(text: string): string | null {
  if (text.length !== 36 && text.length !== 32) return null;
  const lower = text.toLowerCase();
  const uuid =
    lower.length === 32 && HEX32.test(lower)
      ? lower.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
      : lower;
  return isUuid(uuid) && uuid !== NIL_UUID ? uuid : null;
}

function named(projectId: string, parts: readonly string[], original: string): ObservedId {
  return { id: v5([...parts, original].join('\0'), projectId), originalId: original };
}

/** Key of a trace: the UUID it is, else UUIDv5(project, `trace` 00 original). */
export function traceIdOf(projectId: string, text: string): ObservedId {
  if (lastTrace.text === text && lastTrace.projectId === projectId) return lastTrace.found;
  const uuid = asUuid(text);
  const found = uuid === null ? named(projectId, ['trace'], text) : { id: uuid, originalId: null };
  lastTrace = { projectId, text, found };
  return found;
}

/** Events of one trace mostly come one after the other. */
let lastTrace: { projectId: string; text: string; found: ObservedId } = {
  projectId: '',
  text: '',
  found: { id: '', originalId: null },
};

/** Key of an observation: the UUID it is, else UUIDv5(project, `observation` 00 trace uuid 00 original). */
export function observationIdOf(projectId: string, traceId: string, text: string): ObservedId {
  const uuid = asUuid(text);
  return uuid === null ? named(projectId, ['observation', traceId], text) : { id: uuid, originalId: null };
}
