import { type PayloadKind } from '../contract/index.ts';
import { JsonText } from './json-text.ts';
import { TreeBuilder } from './json-tree.ts';
import { type SdkLogger } from '../log.ts';
import { Masker } from '../privacy/masking.ts';
import { type ResolvedPrivacy } from '../privacy/privacy-options.ts';
import { makeRedactor, type Redactor } from '../privacy/privacy-patterns.ts';
import { cutWhole, serialize, type Serialized } from './serialize.ts';
import { MAX_BYTES_PER_CHAR, snapshotOf } from './snapshot.ts';
import { marksIn, treeText } from './tree-node.ts';

/** A payload, or the state of a graph, which is the input of one node and the state after another. */
export type CapturedPart = PayloadKind | 'state';

/** Header fields that say what happened rather than what the application worked on. All others are masked. */
const STRUCTURAL_FIELDS = new Set([
  ...['trace_id', 'observation_id', 'parent_observation_id', 'user_id', 'session_id'],
  ...['name', 'type', 'model', 'level', 'status', 'tags', 'environment', 'version', 'usage', 'cost'],
  ...['timestamp', 'start_time', 'end_time', 'completion_start_time', 'version_hash', 'nodes', 'edges'],
]);
/** Larger values are written at once: a snapshot's bytes in the buffer are only known roughly. */
const MAX_SNAPSHOT_CHARS = 8192;
const NOT_SHOWN = '[not shown: the mask failed]';

/** Turns the application's values into what may leave the process: captured at all, masked, redacted, within the cap. */
export class PayloadCapture {
  private readonly captured: Record<CapturedPart, boolean>;
  private readonly masker: Masker | undefined;
  private readonly redactor: Redactor | undefined;
  private readonly maxFieldBytes: number;
  private readonly maxSnapshotChars: number;
  /** Of the last snapshot. */
  private last: JsonText | undefined;

  constructor(options: ResolvedPrivacy & { maxFieldBytes: number; logger: SdkLogger }) {
    const { captureInput, captureOutput, mask, redact, logger } = options;
    this.captured = {
      input: captureInput,
      state: captureInput,
      output: captureOutput,
      // The state holds what came in as well as what was returned.
      state_after: captureInput && captureOutput,
      meta: true,
      error: true,
    };
    this.masker = mask === undefined ? undefined : new Masker(mask, logger);
    this.redactor = makeRedactor(redact);
    this.maxFieldBytes = options.maxFieldBytes;
    this.maxSnapshotChars = Math.min(MAX_SNAPSHOT_CHARS, options.maxFieldBytes / MAX_BYTES_PER_CHAR);
  }

  captures(part: CapturedPart): boolean {
    return this.captured[part];
  }

  /** The value's JSON as it is now. Never throws. */
  json(value: unknown, part: CapturedPart): JsonText {
    const { masker, maxFieldBytes, redactor } = this;
    if (masker === undefined && redactor === undefined) return this.plainJson(value);
    if (masker === undefined) return new JsonText(serialize(value, maxFieldBytes, redactor));
    try {
      return new JsonText(this.maskedJson(value, masker, part));
    } catch {
      // Texts that the mask has to see whole may be longer together than any text can be.
      return new JsonText(cutWhole(null, 'mask_failed'));
    }
  }

  private maskedJson(value: unknown, masker: Masker, part: CapturedPart): Serialized {
    // The mask is asked before anything is cut to size: half a secret would not look like one.
    const copy = this.copyOf(value);
    const masked = masker.apply(copy.value, part);
    if (!masked.ok) return cutWhole(null, masked.reason);
    const json = serialize(masked.value, this.maxFieldBytes, this.redactor);
    // Where something was cut before is listed as far as the mask left its marks: a path may tell what it hides.
    return copy.isWhole ? json : { ...json, cuts: marksIn(JSON.parse(json.text)) };
  }

  /** Whether `headerValue` may ever say anything else than what it is given. */
  get changesHeaders(): boolean {
    return this.masker !== undefined || this.redactor !== undefined;
  }

  /** Small plain values are copied, which is cheaper than to write them, and written when they are sent. */
  private plainJson(value: unknown): JsonText {
    // What one step returns is what the next one gets, and a state is handed on within: that is written once.
    const { last } = this;
    if (last?.isOf(value) === true) return last;
    const snapshot = snapshotOf(value, this.maxSnapshotChars);
    if (snapshot === undefined) return new JsonText(serialize(value, this.maxFieldBytes));
    const json = new JsonText(snapshot);
    this.last = json;
    return json;
  }

  /** A header field's value as it may be shown. */
  headerValue(field: string, value: unknown): unknown {
    if ((this.masker === undefined && this.redactor === undefined) || STRUCTURAL_FIELDS.has(field))
      return value;
    if (this.masker === undefined) return this.redacted(value);
    const masked = this.masker.apply(this.copyOf(value).value, field);
    return masked.ok ? this.redacted(masked.value) : NOT_SHOWN;
  }

  /** Plain JSON that the mask may change. */
  private copyOf(value: unknown): { value: unknown; isWhole: boolean } {
    const builder = new TreeBuilder({ maxBytes: this.maxFieldBytes, heads: 'left out' });
    const copy: unknown = JSON.parse(treeText(builder.build(value)));
    return { value: copy, isWhole: builder.cuts.length === 0 };
  }

  private redacted(value: unknown): unknown {
    if (this.redactor === undefined) return value;
    const shown: unknown = JSON.parse(serialize(value, this.maxFieldBytes, this.redactor).text);
    return shown;
  }
}
