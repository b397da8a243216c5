import type { ColumnValue, RowColumn } from './row-columns.ts';

const CHUNK_BYTES = 256 * 1024;
/** Larger values are not copied into a chunk, but become one. */
const OWN_CHUNK_BYTES = 64 * 1024;

const SIGNATURE = Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1');
const NO_FLAGS_NO_EXTENSION = 8;
const TEXT_OID = 25;
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
  private readonly full: Buffer[] = [];
  private chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  private at = 0;

  constructor() {
    this.at += SIGNATURE.copy(this.chunk, 0);
    this.chunk.fill(0, this.at, this.at + NO_FLAGS_NO_EXTENSION);
    this.at += NO_FLAGS_NO_EXTENSION;
  }

  addRow<R>(row: R, columns: readonly RowColumn<R>[]): void {
    this.room(2);
    this.at = this.chunk.writeInt16BE(columns.length, this.at);
    for (const { pgType, read } of columns) this.addValue(read(row), pgType);
  }

  /** Ends the data. @returns all of it; nothing can be added any more */
  end(): readonly Buffer[] {
    this.room(2);
    this.at = this.chunk.writeInt16BE(-1, this.at);
    return [...this.full, this.chunk.subarray(0, this.at)];
  }

  private addValue(value: ColumnValue, pgType: string): void {
    if (value === null) this.addInt32(-1);
    else if (Buffer.isBuffer(value)) this.addBytes(value);
    else if (typeof value === 'string') this.addText(value, pgType);
    else if (typeof value === 'number') this.addNumber(value, pgType);
    else if (typeof value === 'boolean') this.addBoolean(value);
    else if (isTextList(value)) this.addTextList(value);
    else this.addJson(JSON.stringify(value), pgType);
  }

  private addText(value: string, pgType: string): void {
    if (pgType === 'uuid') this.addUuid(value);
    else if (pgType === 'timestamptz') this.addTime(value);
    else if (pgType === 'bytea') this.addHex(value);
    else if (pgType === 'json' || pgType === 'jsonb') this.addJson(JSON.stringify(value), pgType);
    else this.addUtf8(value);
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
    const lengthAt = this.beginText(text.length + 1);
    this.chunk[this.at++] = JSONB_VERSION;
    this.finishText(text, lengthAt);
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

  private addUtf8(text: string): void {
    this.finishText(text, this.beginText(text.length));
  }

  /** Makes room for the length and a text. @returns where the length goes once it is known */
  private beginText(chars: number): number {
    this.room(4 + chars * 3);
    const lengthAt = this.at;
    this.at += 4;
    return lengthAt;
  }

  private finishText(text: string, lengthAt: number): void {
    this.at += this.chunk.write(text, this.at, 'utf8');
    this.chunk.writeInt32BE(this.at - lengthAt - 4, lengthAt);
  }

  private addBytes(bytes: Buffer): void {
    this.addInt32(bytes.length);
    if (bytes.length > OWN_CHUNK_BYTES) {
      this.full.push(this.chunk.subarray(0, this.at), bytes);
      this.startChunk(CHUNK_BYTES);
      return;
    }
    this.room(bytes.length);
    this.at += bytes.copy(this.chunk, this.at);
  }

  private addHex(hex: string): void {
    this.addInt32(hex.length / 2);
    this.room(hex.length / 2);
    this.at += this.chunk.write(hex, this.at, 'hex');
  }

  private addUuid(uuid: string): void {
    this.addInt32(16);
    this.room(16);
    for (let at = 0; at < 36; at += 2) {
      if (uuid.charCodeAt(at) === 45) at++;
      this.chunk[this.at++] = (hexDigit(uuid.charCodeAt(at)) << 4) | hexDigit(uuid.charCodeAt(at + 1));
    }
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
    this.room(8);
    if (Math.abs(seconds) < EXACT_SECONDS) {
      const total = seconds * 1_000_000 + micros;
      const high = Math.floor(total / TWO_32);
      this.at = this.chunk.writeInt32BE(high, this.at);
      this.at = this.chunk.writeUInt32BE(total - high * TWO_32, this.at);
    } else this.at = this.chunk.writeBigInt64BE(BigInt(seconds) * 1_000_000n + BigInt(micros), this.at);
  }

  private addInt32(value: number): void {
    this.room(4);
    this.at = this.chunk.writeInt32BE(value, this.at);
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

function isTextList(value: ColumnValue): value is readonly string[] {
  return Array.isArray(value);
}

/** Value of a hexadecimal digit, upper or lower case. */
function hexDigit(code: number): number {
  return code < 58 ? code - 48 : (code | 32) - 87;
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
