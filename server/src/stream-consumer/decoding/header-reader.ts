import { isRecord } from '../../kernel/is-record.ts';
import { isLevel, isObservationType, isPayloadKind, type Level } from 'swisper-studio/contract';
import {
  cleanJson,
  cleanText,
  type EventTime,
  formatTime,
  hasNonFinite,
  moreSevere,
  parseTime,
  type RegisterValue,
  type RegisterWrite,
  shiftTime,
  TAGS_MAX,
  TEXT_MAX_CHARS,
} from '../../traces/index.ts';
import { Refusal } from './refusal.ts';

/** What an event has from its entry. */
export interface EventSource {
  readonly projectId: string;
  readonly isSigned: boolean;
  /** Null where the producer is not a known process: older SDKs, HTTP. */
  readonly instanceId: string | null;
  readonly receivedMs: number;
  /** Added to all times: the correction of a producer's wrong clock. */
  readonly shiftMs: number;
  /** Time of an event that does not tell its own. */
  readonly fallbackTime: EventTime;
  /**
   * Digest of the producer, 16 hex digits, where a signature vouches that it never uses a number twice: its number then
   * says which event it is. Null otherwise: only its content says so.
   */
  readonly producerDigest: string | null;
}

const JSON_FIELD_MAX_CHARS = 65_536;
/** `running` is what has no end yet. `incomplete`: its producer knows that it was left before its end. */
const STATUSES_REPORTED = new Set(['ok', 'error', 'interrupted', 'incomplete']);

/** Reads the small fields of one event and collects what they write, with a mark for all that had to be changed. */
export class HeaderReader {
  readonly source: EventSource;
  readonly writes: RegisterWrite[] = [];
  level: Level | null = null;
  private readonly header: Readonly<Record<string, unknown>>;
  private markList: readonly string[];
  private parentVersion: string | null = null;

  constructor(header: Readonly<Record<string, unknown>>, source: EventSource, marks: readonly string[]) {
    this.header = header;
    this.source = source;
    this.markList = marks;
    if (source.shiftMs !== 0) this.mark('clock_shifted');
  }

  /** Sorted, each once. */
  get marks(): readonly string[] {
    return this.markList;
  }

  /** The field as sent; null where it is absent. No field is called as anything every object has. */
  raw(field: string): unknown {
    return this.header[field] ?? null;
  }

  mark(mark: string): void {
    if (!this.markList.includes(mark)) this.markList = [...this.markList, mark].sort();
  }

  write(column: string, value: RegisterValue, version: string): void {
    this.writes.push({ column, value, version });
  }

  /** The time in a field, corrected; null where it is absent. */
  time(field: string): EventTime | null {
    const sent = this.raw(field);
    if (sent === null || sent === '') return null;
    const time = typeof sent === 'string' ? parseTime(sent) : null;
    if (time === null) throw new Refusal('bad_time', `${field} is no RFC 3339 time`);
    return this.shifted(time, field);
  }

  fallbackTime(): EventTime {
    return this.shifted(this.source.fallbackTime, 'sent_at');
  }

  private shifted(time: EventTime, field: string): EventTime {
    if (this.source.shiftMs === 0) return time;
    const shifted = shiftTime(time, this.source.shiftMs);
    if (shifted === null) throw new Refusal('bad_time', `${field} is out of range`);
    return shifted;
  }

  /** Writes one header field, where it is there and of use. */
  writeField(field: string, version: string): void {
    const sent = this.raw(field);
    if (sent === null) return;
    switch (field) {
      case 'start_time':
      case 'end_time':
      case 'completion_start_time':
        return this.writeTime(field, version);
      case 'parent_observation_id':
        if (sent !== '') this.parentVersion = version;
        return;
      case 'tags':
        return this.writeTags(sent, version);
      case 'model_parameters':
      case 'usage':
      case 'cost':
        return this.writeObject(field, sent, version);
      case 'status':
        if (STATUSES_REPORTED.has(lower(sent))) return this.write('reported_status', lower(sent), version);
        return this.mark('ignored:status');
      case 'type':
        if (isObservationType(upper(sent))) return this.write('type', upper(sent), version);
        return this.mark('ignored:type');
      case 'name':
      case 'user_id':
      case 'session_id':
      case 'environment':
      case 'version':
      case 'model':
      case 'status_message':
        return this.writeText(field, sent, version);
      default:
        throw new Error(`No rule for the field ${field}`);
    }
  }

  /** Version with which the event sets its parent; null when it sets none. Parents need the trace's id first. */
  takeParentVersion(): string | null {
    return this.parentVersion;
  }

  readLevel(): void {
    const sent = this.raw('level');
    if (sent === null) return;
    const level = upper(sent);
    if (isLevel(level)) this.raiseLevel(level);
    else this.mark('ignored:level');
  }

  raiseLevel(level: Level): void {
    this.level = moreSevere(this.level, level);
  }

  /** Payloads the producer had to cut are marked, so that nobody takes them for whole. */
  readCuts(): void {
    for (const cut of listOf(this.raw('cuts'))) {
      if (typeof cut === 'object' && cut !== null && 'kind' in cut && isPayloadKind(cut.kind)) {
        this.mark(`cut:${cut.kind}`);
      }
    }
  }

  private writeTime(field: string, version: string): void {
    const time = this.time(field);
    if (time !== null) this.write(field, formatTime(time), version);
  }

  private writeText(field: keyof typeof TEXT_MAX_CHARS, sent: unknown, version: string): void {
    const text = asText(sent);
    if (text === null) return this.mark(`ignored:${field}`);
    this.write(field, this.clean(field, text, TEXT_MAX_CHARS[field]), version);
  }

  private clean(field: string, sent: string, maxChars: number): string {
    const { text, change } = cleanText(sent, maxChars);
    if (change !== 'none') this.mark(`${change}:${field}`);
    return text;
  }

  private writeTags(sent: unknown, version: string): void {
    if (!Array.isArray(sent)) return this.mark('ignored:tags');
    const texts = sent.map(asText).filter((tag) => tag !== null);
    if (texts.length < sent.length) this.mark('ignored:tags');
    if (texts.length > TAGS_MAX) this.mark('cut:tags');
    const tags = texts.slice(0, TAGS_MAX).map((tag) => this.clean('tags', tag, TEXT_MAX_CHARS.tag));
    this.write('tags', tags, version);
  }

  private writeObject(field: string, sent: unknown, version: string): void {
    const text = isRecord(sent) ? JSON.stringify(sent) : '';
    if (text === '' || text.length > JSON_FIELD_MAX_CHARS) return this.mark(`ignored:${field}`);
    const clean = cleanJson(sent);
    if (!isRecord(clean)) return;
    if (text.includes('\\u') && JSON.stringify(clean) !== text) this.mark(`sanitised:${field}`);
    if (text.includes('null') && hasNonFinite(sent)) this.mark('sanitised:non_finite');
    this.write(field, clean, version);
  }
}

const lower = (value: unknown): string => (typeof value === 'string' ? value.toLowerCase() : '');
const upper = (value: unknown): string => (typeof value === 'string' ? value.toUpperCase() : '');

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** Numbers and booleans are taken as the text they are; anything bigger is none. */
function asText(value: unknown): string | null {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : null;
}
