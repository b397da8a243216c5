import { ENVELOPES } from './envelopes.ts';
import { FIELDS } from './fields.ts';
import { GRAPHS } from './graphs.ts';
import type { HostileRow } from './hostile-row.ts';
import { IDS } from './ids.ts';
import { PAYLOADS } from './payloads.ts';
import { SIGNATURES } from './signatures.ts';
import { SINGLES } from './singles.ts';
import { TEXTS } from './texts.ts';
import { TIMES } from './times.ts';

/** What strangers may put on the stream, and what must become of each: the one table. */
export const HOSTILE_CORPUS: readonly HostileRow[] = [
  ...ENVELOPES,
  ...SIGNATURES,
  ...IDS,
  ...TIMES,
  ...TEXTS,
  ...FIELDS,
  ...GRAPHS,
  ...PAYLOADS,
  ...SINGLES,
];
