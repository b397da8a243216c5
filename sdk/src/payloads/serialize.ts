import { type Cut, type PayloadKind } from '../contract/index.ts';
import { TreeFitter } from './fit-tree.ts';
import { TreeBuilder } from './json-tree.ts';
import { writeJson } from './json-writer.ts';
import { type Redactor } from '../privacy/privacy-patterns.ts';
import { cutMark, sizeOf, type TreeCut, treeText } from './tree-node.ts';

/** Cuts listed per payload; more are made, but the header stays small. */
const MAX_LISTED_CUTS = 10;
const MAX_PATH_CHARS = 200;
const FIT_ATTEMPTS = 6;

export interface Serialized {
  /** Valid JSON, at most the asked bytes. */
  text: string;
  /** UTF-8 bytes of `text`. */
  bytes: number;
  cuts: readonly TreeCut[];
}

const NO_CUTS: readonly TreeCut[] = [];

const measured = (text: string, cuts: TreeCut[]): Serialized => ({
  text,
  bytes: Buffer.byteLength(text),
  cuts,
});

function serializeCarefully(value: unknown, maxBytes: number, redactor?: Redactor): Serialized {
  const builder = new TreeBuilder({ maxBytes, redactor });
  const tree = builder.build(value);
  // The sizes are estimates (escapes are not counted), so what was fitted is measured, and fitted tighter if need be.
  for (let attempt = 0, budget = maxBytes; attempt < FIT_ATTEMPTS; attempt += 1, budget /= 2) {
    const fitter = new TreeFitter(redactor);
    const text = treeText(fitter.fit(tree, Math.floor(budget)));
    const fitted = measured(text, [...builder.cuts, ...fitter.cuts]);
    if (fitted.bytes <= maxBytes) return fitted;
  }
  return cutWhole(sizeOf(tree));
}

/** What stands for a payload of which nothing could (or may, for a reason) be kept. */
export const cutWhole = (bytes: number | null, reason?: string): Serialized =>
  measured(treeText(cutMark('$', bytes, reason === undefined ? {} : { reason })), [{ path: '$', bytes }]);

/**
 * JSON of any value, now: the caller may change it right after. Never throws, always valid JSON of at most `maxBytes`
 * (at least 200), whatever the value is or does; what had to be cut is marked where it stood and listed. A getter is
 * called once, or some times more where the value does not fit as it is; nothing is ever changed.
 */
export function serialize(value: unknown, maxBytes: number, redactor?: Redactor): Serialized {
  const written = writeJson(value, maxBytes, redactor);
  if (written !== undefined) return { text: written.text, bytes: written.bytes, cuts: NO_CUTS };
  try {
    return serializeCarefully(value, maxBytes, redactor);
  } catch {
    return cutWhole(null);
  }
}

/** The cuts of one payload as they are listed in the event's header. */
export const listedCuts = (kind: PayloadKind, cuts: readonly TreeCut[]): Cut[] =>
  cuts
    .slice(0, MAX_LISTED_CUTS)
    .map(({ path, bytes }) => ({ kind, path: path.slice(0, MAX_PATH_CHARS), bytes }));

// eslint-disable-next-line no-control-regex -- NUL is what is looked for: PostgreSQL text cannot hold it
const NUL = /\u0000/g;

/** A text for a header: well-formed, without NUL, at most `maxChars` long. */
export function headerText(value: unknown, maxChars: number): string {
  let text: string;
  try {
    text = typeof value === 'string' ? value : String(value);
  } catch {
    text = '[Unreadable]';
  }
  return text.slice(0, maxChars).toWellFormed().replace(NUL, '\ufffd');
}

/** A small JSON value for a header; undefined where there is none. */
export function headerJson(value: unknown, maxBytes: number): unknown {
  if (value === undefined || value === null) return undefined;
  const parsed: unknown = JSON.parse(serialize(value, maxBytes).text);
  return parsed;
}
