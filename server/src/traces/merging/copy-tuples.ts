import { HexMemo } from './hex-bytes.ts';
import type { ColumnValue, RowColumn } from './row-columns.ts';

const CHUNK_BYTES = 128 * 1024;
/** Larger values are not copied into a chunk, but become one. */
const OWN_CHUNK_BYTES = 32 * 1024;

const SIGNATURE = Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1');
const NO_FLAGS_NO_EXTENSION = 8;
const TEXT_OID = 25;
const SHORT_CHARS = 40;
const JSONB_VERSION = 1;
/** 2000-01-01, where PostgreSQL counts time from. */
const POSTGRES_EPOCH_S = 946_684_800;
const TWO_32 = 4_294_967_296;
const EXACT_SECONDS = 9_000_000_000;

/**
 * Rows in PostgreSQL's binary COPY format, written into few large buffers.
 * https://www.postgresql.org/docs/current/sql-copy.html, "Binary Format"; each type as its `_send` function writes it.
 */
export class CopyTuples {
  private full: Buffer[] = [];
  private chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  private at = 0;
  /** One per column. */
  private readonly memos: HexMemo[] = [];

  constructor() {
    this.at += SIGNATURE.copy(this.chunk, 0);
    this.chunk.fill(0, this.at, this.at + NO_FLAGS_NO_EXTENSION);
    this.at += NO_FLAGS_NO_EXTENSION;
  }

  addRow<R>(row: R, columns: readonly RowColumn<R>[]): void {
    this.room(2);
    this.at = this.chunk.writeInt16BE(columns.length, this.at);
    let at = 0;
    for (const column of columns) this.addColumn(row, column, at++);
  }

  private addColumn<R>(row: R, { pgType, read }: RowColumn<R>, at: number): void {
    const value = read(row);
    if (value === null) this.addInt32(-1);
    else if (typeof value === 'string' && (pgType === 'uuid' || pgType === 'bytea')) this.addHex(value, at);
    else this.addValue(value, pgType);
  }

  /** What is full by now; it is not given again. */
  takeFull(): readonly Buffer[] {
    if (this.full.length === 0) return this.full;
    const full = this.full;
    this.full = [];
    return full;
  }

  /** Ends the data. @returns what was not taken; nothing can be added any more */
  end(): readonly Buffer[] {
    this.room(2);
    this.at = this.chunk.writeInt16BE(-1, this.at);
    return [...this.full, this.chunk.subarray(0, this.at)];
  }

  private addValue(value: NonNullable<ColumnValue>, pgType: string): void {
    if (typeof value === 'string') this.addText(value, pgType);
    else if (typeof value === 'number') this.addNumber(value, pgType);
    else if (typeof value === 'boolean') this.addBoolean(value);
    else if (Buffer.isBuffer(value)) this.addBytes(value);
    else if (isTextList(value)) this.addTextList(value);
    else this.addJson(JSON.stringify(value), pgType);
  }

  private addText(value: string, pgType: string): void {
    switch (pgType) {
      case 'timestamptz':
        return this.addTime(value);
      case 'json':
      case 'jsonb':
        return this.addJson(JSON.stringify(value), pgType);
      default:
        return this.addUtf8(value);
    }
  }

  private addNumber(value: number, pgType: string): void {
    if (pgType === 'timestamptz') return this.addMicros(Math.floor(value / 1000), (value % 1000) * 1000);
    this.addInt32(4);
    this.addInt32(value);
  }

  private addBoolean(value: boolean): void {
    this.addInt32(1);
    this.room(1);
    this.chunk[this.at++] = value ? 1 : 0;
  }

  private addJson(text: string, pgType: string): void {
    if (pgType !== 'jsonb') return this.addUtf8(text);
    this.addInt32(1 + Buffer.byteLength(text));
    this.room(1);
    this.chunk[this.at++] = JSONB_VERSION;
    this.addRaw(text);
  }

  private addTextList(list: readonly string[]): void {
    const bytes = list.reduce((sum, text) => sum + 4 + Buffer.byteLength(text), 0);
    this.addInt32(list.length === 0 ? 12 : 20 + bytes);
    this.addInt32(list.length === 0 ? 0 : 1);
    this.addInt32(0);
    this.addInt32(TEXT_OID);
    if (list.length === 0) return;
    this.addInt32(list.length);
    this.addInt32(1);
    for (const text of list) this.addUtf8(text);
  }

  /** Length and bytes. Most texts are short and ASCII, for which a call into the runtime is the greater part. */
  private addUtf8(text: string): void {
    if (text.length > SHORT_CHARS) {
      this.addInt32(Buffer.byteLength(text));
      return this.addRaw(text);
    }
    this.room(4 + SHORT_CHARS * 3);
    const { chunk, at } = this;
    for (let char = 0; char < text.length; char++) {
      const code = text.charCodeAt(char);
      if (code > 127) {
        this.addInt32(Buffer.byteLength(text));
        return this.addRaw(text);
      }
      chunk[at + 4 + char] = code;
    }
    this.addInt32(text.length);
    this.at += text.length;
  }

  private addRaw(text: string): void {
    this.room(text.length * 3);
    this.at += this.chunk.write(text, this.at, 'utf8');
  }

  private addBytes(bytes: Buffer): void {
    this.addInt32(bytes.length);
    if (bytes.length > OWN_CHUNK_BYTES) {
      this.full.push(this.chunk.subarray(0, this.at), bytes);
      this.startChunk(CHUNK_BYTES);
      return;
    }
    this.room(bytes.length);
    this.chunk.set(bytes, this.at);
    this.at += bytes.length;
  }

  private addHex(text: string, column: number): void {
    this.room(4 + text.length / 2);
    const start = this.at;
    const memo = (this.memos[column] ??= new HexMemo());
    const end = memo.write(this.chunk, start + 4, text);
    this.addInt32(end - start - 4);
    this.at = end;
  }

  /** @param text as `formatTime` writes it: `YYYY-MM-DDTHH:MM:SS.ffffffZ` */
  private addTime(text: string): void {
    const days = daysOf(digits(text, 0, 4), digits(text, 5, 2), digits(text, 8, 2));
    const second = (digits(text, 11, 2) * 60 + digits(text, 14, 2)) * 60 + digits(text, 17, 2);
    this.addMicros(days * 86_400 + second, digits(text, 20, 6));
  }

  /** Numbers hold the microseconds of 285 years exactly, which is nearly every time there is. */
  private addMicros(epochSeconds: number, micros: number): void {
    const seconds = epochSeconds - POSTGRES_EPOCH_S;
    this.addInt32(8);
    if (Math.abs(seconds) < EXACT_SECONDS) {
      const total = seconds * 1_000_000 + micros;
      const high = Math.floor(total / TWO_32);
      this.addInt32(high);
      this.addInt32(total - high * TWO_32);
    } else {
      this.room(8);
      this.at = this.chunk.writeBigInt64BE(BigInt(seconds) * 1_000_000n + BigInt(micros), this.at);
    }
  }

  /** The low 32 bits of a whole number. */
  private addInt32(value: number): void {
    this.room(4);
    const { chunk, at } = this;
    chunk[at] = value >>> 24;
    chunk[at + 1] = value >>> 16;
    chunk[at + 2] = value >>> 8;
    chunk[at + 3] = value;
    this.at = at + 4;
  }

  private room(bytes: number): void {
    if (this.at + bytes <= this.chunk.length) return;
    this.full.push(this.chunk.subarray(0, this.at));
    this.startChunk(Math.max(CHUNK_BYTES, bytes));
  }

  private startChunk(bytes: number): void {
    this.chunk = Buffer.allocUnsafe(bytes);
    this.at = 0;
  }
}

/** Buffer by buffer, so that the database reads the first rows while the last are being written. */
export function* copyData<R>(rows: Iterable<R>, columns: readonly RowColumn<R>[]): Generator<Buffer> {
  const tuples = new CopyTuples();
  for (const row of rows) {
    tuples.addRow(row, columns);
    yield* tuples.takeFull();
  }
  yield* tuples.end();
}

function isTextList(value: ColumnValue): value is readonly string[] {
  return Array.isArray(value);
}

/** The decimal number in `count` characters from `start`. */
function digits(text: string, start: number, count: number): number {
  let value = 0;
  for (let at = start; at < start + count; at++) value = value * 10 + text.charCodeAt(at) - 48;
  return value;
}

/** Days since 1970-01-01 of a date of the Gregorian calendar, years counted from March. */
function daysOf(year: number, month: number, day: number): number {
  const marchYear = month > 2 ? year : year - 1;
  const marchMonth = month > 2 ? month - 3 : month + 9;
  const leapDays = Math.floor(marchYear / 4) - Math.floor(marchYear / 100) + Math.floor(marchYear / 400);
  return marchYear * 365 + leapDays + Math.floor((153 * marchMonth + 2) / 5) + day - 1 - 719_468;
}
