import { type EntryBody } from '../contract/entry-body.ts';
import { serialize } from './serialize.ts';
import { isLike, MAX_BYTES_PER_CHAR, type Snapshot } from './snapshot.ts';
import { type TreeCut } from './tree-node.ts';

export interface WrittenJson {
  readonly text: string;
  /** UTF-8 bytes of `text`. */
  readonly bytes: number;
  readonly cuts: readonly TreeCut[];
}

/** Least a payload may have. */
const ROOM_BYTES = 200;
const NO_CUTS: readonly TreeCut[] = [];
const UNREADABLE = '"[Unreadable]"';
/** How the engine writes a lone surrogate, which is no text for a database; also what a text may say about one. */
const SURROGATE = '\\ud';

/** Nothing a snapshot holds can make the engine fail, but the application may have changed what objects inherit. */
function jsonOf(value: unknown, chars: number): string {
  try {
    const text: unknown = JSON.stringify(value);
    if (typeof text !== 'string') return UNREADABLE;
    return text.includes(SURROGATE) ? serialize(value, ROOM_BYTES + chars * MAX_BYTES_PER_CHAR).text : text;
  } catch {
    return UNREADABLE;
  }
}

/**
 * JSON of a payload as it was when this was made: written at once, or later from a snapshot, when nobody waits for it. One may
 * stand in several events: the state after one step is the state before the next.
 */
export class JsonText {
  readonly cuts: readonly TreeCut[];
  /** What is to be written, and about how many characters it takes; of a snapshot. */
  private value: unknown;
  private chars: number;
  private writtenText: string | undefined;
  private writtenBytes: number;

  constructor(source: WrittenJson | Snapshot) {
    if ('text' in source) {
      this.cuts = source.cuts;
      this.value = undefined;
      this.chars = 0;
      this.writtenText = source.text;
      this.writtenBytes = source.bytes;
    } else {
      this.cuts = NO_CUTS;
      this.value = source.value;
      this.chars = source.chars;
      this.writtenText = undefined;
      this.writtenBytes = 0;
    }
  }

  get text(): string {
    return this.write();
  }

  /** UTF-8 bytes of `text`. */
  get bytes(): number {
    this.write();
    return this.writtenBytes;
  }

  /** About how many bytes it takes, as far as that is known without writing it; not over `MAX_BYTES_PER_CHAR` times as many. */
  get weight(): number {
    return this.writtenText === undefined ? this.chars : this.writtenBytes;
  }

  /** What the text takes in memory beyond its `bytes`: one character beyond Latin-1 makes all of them take two bytes. */
  get extraBytes(): number {
    const { writtenText: text, writtenBytes } = this;
    return text === undefined || text.length === writtenBytes
      ? 0
      : Math.max(0, text.length * 2 - writtenBytes);
  }

  /** Whether it is known to be a value's, too; what is written already is not compared. Never throws. */
  isOf(value: unknown): boolean {
    const copy = this.value;
    try {
      return copy !== undefined && isLike(value, copy);
    } catch {
      return false;
    }
  }

  /** Writes it now, where that was put off. @param body gets it as its next payload, also where it was written before */
  write(body?: EntryBody): string {
    if (this.writtenText !== undefined) {
      body?.addPayload(this.writtenText, this.writtenBytes);
      return this.writtenText;
    }
    const text = jsonOf(this.value, this.chars);
    this.writtenText = text;
    this.writtenBytes = body?.addPayload(text) ?? Buffer.byteLength(text);
    this.value = undefined;
    return text;
  }
}
