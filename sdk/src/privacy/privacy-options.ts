import { type Mask, refuseAll } from './masking.ts';
import { type OptionReader } from '../option-reader.ts';
import { REDACT_PATTERNS, type RedactPattern } from './privacy-patterns.ts';

/** What of the application's values is recorded. The last four are then read from the environment. */
export interface PrivacyOptions {
  /**
   * Called once with each payload (input, output, state, meta, error), status message and model parameters before it is
   * buffered, as a plain copy it may change; what it returns is recorded instead. Must be synchronous. Where it throws,
   * returns a promise or nothing, the value is left out and marked. Names, ids, tags and numbers of usage are not
   * passed to it.
   */
  mask?: Mask;
  /**
   * Built-in patterns to replace wherever they stand in a text or key: `keys` (API keys, bearer tokens, JWT, PEM,
   * credentials in URLs), `emails`, `cards` (card numbers that pass Luhn), `secretFields` (values of fields named password,
   * authorization, api_key…), or `'all'`. Default none. Applied after `mask`. SWISPER_STUDIO_REDACT, comma-separated.
   */
  redact?: readonly RedactPattern[] | 'all';
  /**
   * Default true. Off: inputs are not even serialised, and neither is a graph's state, which holds them.
   * SWISPER_STUDIO_CAPTURE_INPUT.
   */
  captureInput?: boolean;
  /** Default true. Off: outputs and the state after a node are not even serialised. SWISPER_STUDIO_CAPTURE_OUTPUT. */
  captureOutput?: boolean;
  /**
   * Share of the traces that are recorded, 0 to 1, default 1. Decided once per trace by its id, alike in every process;
   * of the others nothing is recorded or counted. SWISPER_STUDIO_SAMPLE_RATE.
   */
  sampleRate?: number;
}

export interface ResolvedPrivacy {
  mask: Mask | undefined;
  redact: readonly RedactPattern[];
  captureInput: boolean;
  captureOutput: boolean;
  sampleRate: number;
}

const isMask = (value: unknown): value is Mask => typeof value === 'function';

const isPattern = (value: unknown): value is RedactPattern =>
  REDACT_PATTERNS.some((known) => known === value);

function maskOf(reader: OptionReader): Mask | undefined {
  const mask = reader.value({ name: 'mask' });
  if (mask === undefined || isMask(mask)) return mask;
  reader.problems.push('mask is not a function, so all payloads are left out');
  return refuseAll;
}

/** Copied at once: the caller's list may change, or be a proxy of any length. */
function listed(value: unknown): unknown[] {
  if (typeof value === 'string') return value.split(',').map((word) => word.trim());
  try {
    if (!Array.isArray(value)) return [value];
    const items: readonly unknown[] = value;
    return items.slice(0, REDACT_PATTERNS.length + 1);
  } catch {
    return [value];
  }
}

function redactOf(reader: OptionReader): readonly RedactPattern[] {
  const value = reader.value({ name: 'redact', variable: 'REDACT' });
  if (value === undefined) return [];
  const words = listed(value);
  if (words.length === 1 && words[0] === 'all') return REDACT_PATTERNS;
  if (words.every(isPattern)) return words;
  // Somebody wanted to hide something: rather too much than too little.
  reader.problems.push(`redact is not a list of ${REDACT_PATTERNS.join(', ')}, so all of them are redacted`);
  return REDACT_PATTERNS;
}

/**
 * The privacy options. A wrong one of those that hide something hides more, never less; a wrong share of the traces, which hides
 * nothing in them, is all of them.
 */
export const privacyOptions = (reader: OptionReader): ResolvedPrivacy => ({
  mask: maskOf(reader),
  redact: redactOf(reader),
  captureInput: reader.flag({ name: 'captureInput', variable: 'CAPTURE_INPUT' }, false),
  captureOutput: reader.flag({ name: 'captureOutput', variable: 'CAPTURE_OUTPUT' }, false),
  sampleRate: reader.count(
    { name: 'sampleRate', variable: 'SAMPLE_RATE' },
    { min: 0, max: 1, fallback: 1, consequence: 'every trace is recorded' },
  ),
});
