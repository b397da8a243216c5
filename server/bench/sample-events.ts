import { randomBytes } from 'node:crypto';
import { type EncodableEvent, encodeEntry, type EntrySigner } from 'swisper-studio/contract';
import { uuidv7 } from '../src/kernel/uuid.ts';
import { decodeAdmitted } from '../src/stream-consumer/decoding/entry-decoder.ts';
import type { MergeEvent } from '../src/traces/index.ts';

/** What the sample traces look like. */
export interface Sample {
  /** Observations of one trace; with its start and its end it has two events more. */
  readonly observationsPerTrace: number;
  /** JSON text of each observation's input, and of its output. */
  readonly payloadBytes: number;
}

/** 1 KB input and 1 KB output per observation: what all goals are stated for. */
export const SAMPLE: Sample = { observationsPerTrace: 8, payloadBytes: 1024 };
export const EVENTS_PER_ENTRY = 100;

const TYPES = ['AGENT', 'CHAIN', 'GENERATION', 'TOOL'] as const;
const NODES = ['classify_intent', 'plan', 'call_model', 'search', 'summarise', 'answer', 'guard', 'memory'];
const WORDS = ['state', 'user', 'the', 'message', 'answer', 'context', 'of', 'token', 'graph', 'node', 'and'];

/** Endless events of traces that run one after the other, as one process sends them: starts, observations, ends. */
export function* sampleEvents(
  sample: Sample = SAMPLE,
  startMs = Date.now(),
): Generator<EncodableEvent, never> {
  for (let trace = 0; ; trace++) yield* traceEvents(sample, startMs + trace * 10, trace);
}

export function* traceEvents(sample: Sample, startMs: number, number: number): Generator<EncodableEvent> {
  const trace_id = uuidv7();
  // With microseconds, as the SDK writes times.
  const at = (ms: number): string => new Date(startMs + ms).toISOString().replace('Z', '250Z');
  const about = { name: 'supervisor', user_id: `user-${String(number % 500)}`, environment: 'production' };
  const session_id = `chat-${String(number % 2_000)}`;
  yield {
    header: { event_type: 'trace_start', trace_id, ...about, session_id, tags: ['bench'], timestamp: at(0) },
    payloads: [],
  };
  const root = uuidv7();
  for (let step = 0; step < sample.observationsPerTrace; step++) {
    const parent = step === 0 ? {} : { parent_observation_id: root };
    const header = {
      event_type: 'observation',
      trace_id,
      observation_id: step === 0 ? root : uuidv7(),
      ...parent,
      name: NODES[step % NODES.length],
      type: TYPES[step % TYPES.length],
      start_time: at(step),
      end_time: at(step + 1),
      level: 'DEFAULT',
    };
    const isModelCall = header.type === 'GENERATION';
    yield {
      header: isModelCall
        ? { ...header, model: 'gpt-5', usage: { input: 812, output: 230, total: 1042 } }
        : header,
      payloads: [
        ['input', payloadText(sample.payloadBytes)],
        ['output', payloadText(sample.payloadBytes)],
      ],
    };
  }
  yield {
    header: { event_type: 'trace_end', trace_id, end_time: at(sample.observationsPerTrace) },
    payloads: [],
  };
}

/** A JSON object of about that many bytes: words, with a quarter that does not compress. */
export function payloadText(bytes: number): string {
  const noise = randomBytes(Math.ceil(bytes / 8)).toString('hex');
  let text = '';
  for (let word = 0; text.length < bytes - noise.length - 40; word++)
    text += `${WORDS[(word * 7 + noise.charCodeAt(word % noise.length)) % WORDS.length] ?? ''} `;
  return JSON.stringify({ messages: [{ role: 'user', content: text }], trace: noise });
}

/** One batch entry's fields, ready for XADD, signed when there is a signer. */
export function sampleEntry(
  projectId: string,
  events: readonly EncodableEvent[],
  seq: number,
  signer?: EntrySigner,
): (string | Buffer)[] {
  const counters = { accepted: seq + events.length - 1, merged: 0, dropped: {}, config_version: 1 };
  return encodeEntry(
    { projectId, instanceId: 'bench-instance', seq, counters, sentAt: new Date(), events },
    signer,
  );
}

/** The next so many of an endless supply. */
export function take(events: Generator<EncodableEvent, never>, count: number): EncodableEvent[] {
  return Array.from({ length: count }, () => events.next().value);
}

/** Events as the consumer hands them to the `TraceWriter`. */
export function decodedSample(
  projectId: string,
  events: Generator<EncodableEvent, never>,
  count: number,
): MergeEvent[] {
  const decoded: MergeEvent[] = [];
  for (let seq = 1; seq <= count; seq += EVENTS_PER_ENTRY) {
    const flat = sampleEntry(projectId, take(events, Math.min(EVENTS_PER_ENTRY, count - seq + 1)), seq);
    const fields = fieldMapOf(flat);
    const entry = { id: `${String(Date.now())}-0`, fields, bytes: 0 };
    const content = decodeAdmitted(entry, { projectId, isSigned: true, isFromServer: false });
    if (content.refused.length > 0) throw new Error('A sample event was refused');
    for (const { event } of content.events) decoded.push(event);
  }
  return decoded;
}

/** Field names and values of an entry as the stream reader gives them. */
export function fieldMapOf(flat: readonly (string | Buffer)[]): Map<string, Buffer> {
  const fields = new Map<string, Buffer>();
  for (let at = 0; at < flat.length; at += 2) fields.set(String(flat[at]), Buffer.from(flat[at + 1] ?? ''));
  return fields;
}
