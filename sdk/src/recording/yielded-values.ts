import { capturing } from './capturing.ts';
import { TreeBuilder } from '../payloads/json-tree.ts';
import { writeJson } from '../payloads/json-writer.ts';
import { cutWhole } from '../payloads/serialize.ts';
import { snapshotOf } from '../payloads/snapshot.ts';
import { treeText } from '../payloads/tree-node.ts';

/** A value of its own, and the UTF-8 bytes of its JSON. */
interface Copy {
  readonly value: unknown;
  readonly bytes: number;
}

/** The quotation marks of a text, or the brackets of a list. */
const AROUND_BYTES = 2;

const parsed = (text: string): unknown => JSON.parse(text);

/** Nothing is cut out of it: the mask and the patterns come later, and half a secret does not look like one. */
function copyOf(value: unknown, maxBytes: number): Copy {
  if (typeof value === 'string')
    return {
      value,
      bytes: value.length > maxBytes ? value.length : Buffer.byteLength(JSON.stringify(value)),
    };
  const snapshot = snapshotOf(value, maxBytes);
  const written = writeJson(snapshot === undefined ? value : snapshot.value, maxBytes);
  if (written === undefined) return carefulCopyOf(value, maxBytes);
  return { value: snapshot === undefined ? parsed(written.text) : snapshot.value, bytes: written.bytes };
}

/** Of what is cyclic, too deep or too large, or throws. */
function carefulCopyOf(value: unknown, maxBytes: number): Copy {
  try {
    const text = treeText(new TreeBuilder({ maxBytes, heads: 'left out' }).build(value));
    return { value: parsed(text), bytes: Buffer.byteLength(text) };
  } catch {
    // Its texts may be longer together than any text can be.
    const { text, bytes } = cutWhole(null);
    return { value: parsed(text), bytes };
  }
}

/** What a generator yielded, as it was when it was yielded: as many of the first values as one payload may have. */
export class YieldedValues {
  private readonly maxBytes: number;
  private readonly kept: unknown[] = [];
  private isText = true;
  private isFull = false;
  /** What is kept takes as one text, and as a list. */
  private textBytes = AROUND_BYTES;
  private listBytes = AROUND_BYTES;
  private seen = 0;

  constructor(maxBytes: number) {
    this.maxBytes = maxBytes;
  }

  /** How many were yielded, kept or not. */
  get count(): number {
    return this.seen;
  }

  get keptCount(): number {
    return this.kept.length;
  }

  /** Once one does not fit, it and those after it are left out; only the first is kept in any case. */
  add(value: unknown): void {
    this.seen += 1;
    if (this.isFull) return;
    const copy = capturing(() => copyOf(value, this.maxBytes));
    const isText = this.isText && typeof value === 'string';
    // Empty texts are not free: there may be very many.
    const textBytes = this.textBytes + Math.max(1, copy.bytes - AROUND_BYTES);
    const listBytes = this.listBytes + copy.bytes + 1;
    this.isFull = (isText ? textBytes : listBytes) > this.maxBytes;
    if (this.isFull && this.kept.length > 0) return;
    this.isText = isText;
    this.textBytes = textBytes;
    this.listBytes = listBytes;
    this.kept.push(copy.value);
  }

  /** One text if all were texts, else a list. */
  get output(): unknown {
    return this.isText ? this.kept.join('') : this.kept;
  }
}
