import { deriveSigningKey, signFields } from 'swisper-studio/contract';
import { type CorpusProject, iso, type RowContext } from './row-context.ts';

export type EntryField = readonly [name: string | Buffer, value: string | Buffer];
/** Fields in the order they are written; names may repeat and need not be text. */
export type EntryFields = readonly EntryField[];

/** A header as values or as JSON text, payloads as any bytes of any kind. */
export interface HostileEvent {
  readonly header: object | string;
  readonly payloads?: readonly (readonly [kind: string, bytes: string | Buffer])[];
}

/** A batch entry of these events as an SDK would write it, then changed. */
export function entryFields(
  c: RowContext,
  events: readonly HostileEvent[],
  change: Record<string, string | Buffer | undefined> = {},
): [string, string | Buffer][] {
  const fields: Record<string, string | Buffer | undefined> = {
    v: '1',
    enc: 'json',
    project_id: c.project.id,
    instance_id: c.instance,
    seq: '1',
    n: String(events.length),
    counters: JSON.stringify({ accepted: events.length, merged: 0, dropped: {}, config_version: 0 }),
    sent_at: iso(c.nowMs),
    h: `[${events.map(headerText).join(',')}]`,
    p: Buffer.concat(events.flatMap(({ payloads = [] }) => payloads.map(([, bytes]) => bytesOf(bytes)))),
    ...change,
  };
  return Object.entries(fields).filter((field): field is [string, string | Buffer] => field[1] !== undefined);
}

function headerText({ header, payloads = [] }: HostileEvent): string {
  if (typeof header === 'string') return header;
  return JSON.stringify({ ...header, pl: payloads.map(([kind, bytes]) => [kind, bytesOf(bytes).length]) });
}

const bytesOf = (value: string | Buffer): Buffer => (typeof value === 'string' ? Buffer.from(value) : value);

/** The fields with `key_id` and `sig` of the project's key, as it would sign them for that stream. */
export function signedBy(
  { keyId, apiKey }: CorpusProject,
  stream: string,
  fields: readonly (readonly [string, string | Buffer])[],
): [string, string | Buffer][] {
  const withKey: [string, string | Buffer][] = [
    ...fields.map(([n, v]): [string, string | Buffer] => [n, v]),
    ['key_id', keyId],
  ];
  return [...withKey, ['sig', signFields(stream, withKey, deriveSigningKey(apiKey))]];
}
