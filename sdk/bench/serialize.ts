import { AIMessage, HumanMessage } from '@langchain/core/messages';
import { type Measured, medianOf, printReport } from '../../server/bench/bench-table.ts';
import { PayloadCapture } from '../src/payloads/payload-capture.ts';
import { REDACT_PATTERNS } from '../src/privacy/privacy-patterns.ts';
import { serialize } from '../src/payloads/serialize.ts';

/**
 * What one payload costs the host, held against JSON.stringify and counting the bytes, in one run: each variant takes its turn
 * in every round, so that what the machine does beside hits all alike.
 */
const ROUNDS = 15;
const ROUND_MS = 20;
const MAX_BYTES = 256 * 1024;

const PROSE = 'The quick brown fox jumps over the lazy dog and says "hello" to everyone.\nThen it sleeps. ';

/** What a graph's state looks like, of about the size. */
function graphState(messages: readonly unknown[], documents: number): object {
  return {
    ...{
      user_id: 'u-123',
      chat_id: 'c-9',
      intent: 'question',
      step: 3,
      done: false,
      score: 0.87,
      previous: null,
    },
    ...{
      plan: ['search', 'read', 'answer'],
      config: { model: 'gpt-x', limits: { tokens: 4096, tools: [1, 2, 3] } },
    },
    messages,
    documents: Array.from({ length: documents }, (_, id) => ({
      id,
      title: `Document ${String(id)}`,
      text: PROSE,
    })),
  };
}

const call = { id: 'call_1', name: 'search', args: { q: 'weather in Zurich', limit: 5 } };
const plain = [
  { role: 'user', content: PROSE.repeat(2) },
  { role: 'assistant', content: PROSE.repeat(3), tool_calls: [call] },
];
const instances = [
  new HumanMessage(PROSE.repeat(2)),
  new AIMessage({ content: PROSE.repeat(3), tool_calls: [{ ...call, type: 'tool_call' }] }),
];

const VALUES: Readonly<Record<string, object>> = {
  'plain state': graphState(plain, 2),
  'plain state, larger': graphState(plain, 20),
  'one text': { text: 'x'.repeat(1000), n: 1 },
  'state with LangChain messages': graphState(instances, 2),
  'state over its cap': graphState(plain, 8000),
};

const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };
const privacy = {
  ...{ mask: undefined, redact: [], captureInput: true, captureOutput: true, sampleRate: 1 },
  ...{ maxFieldBytes: MAX_BYTES, logger: quiet },
};
const recorded = new PayloadCapture(privacy);
const redacted = new PayloadCapture({ ...privacy, redact: REDACT_PATTERNS });
const masked = new PayloadCapture({ ...privacy, mask: (value) => value });

const VARIANTS: readonly (readonly [string, (value: object) => number])[] = [
  ['JSON.stringify and its bytes', (value) => Buffer.byteLength(JSON.stringify(value))],
  ['serialize', (value) => serialize(value, MAX_BYTES).bytes],
  ['held at the call', (value) => recorded.json(value, 'input').weight],
  ['held and written', (value) => recorded.json(value, 'input').bytes],
  ['all patterns redacted', (value) => redacted.json(value, 'input').bytes],
  ['masked (a mask that does nothing)', (value) => masked.json(value, 'input').bytes],
];

/** Microseconds per call over about the time of a round. */
function microsOf(body: () => number): number {
  const startedAt = process.hrtime.bigint();
  const endsAt = startedAt + BigInt(ROUND_MS) * 1_000_000n;
  for (let calls = 10; ; calls += 10) {
    for (let i = 0; i < 10; i += 1) body();
    const now = process.hrtime.bigint();
    if (now >= endsAt) return Number(now - startedAt) / calls / 1000;
  }
}

const nameOf = (what: string, variant: string): string => `${what}: ${variant}`;

function measure(what: string, value: object): Measured[] {
  const rows = VARIANTS.map(([variant, run]) => ({ variant, run, values: [] as number[] }));
  for (const { run } of rows) microsOf(() => run(value));
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const { run, values } of rows) values.push(microsOf(() => run(value)));
  }
  const baseline = nameOf(what, VARIANTS[0]?.[0] ?? '');
  return rows.map(({ variant, values }) => ({ what: nameOf(what, variant), unit: 'µs', values, baseline }));
}

const sizes = Object.entries(VALUES).map(
  ([what, value]) => `${what} ${String(JSON.stringify(value).length)} B`,
);
const rows = Object.entries(VALUES).flatMap(([what, value]) => measure(what, value));

/** Median of the rounds' own ratios: both sides of each met the same neighbours. */
function pairedRatio(what: string, variant: string): number {
  const of = (name: string): readonly number[] =>
    rows.find((row) => row.what === nameOf(what, name))?.values ?? [];
  const floor = of(VARIANTS[0]?.[0] ?? '');
  const values = of(variant).map((value, i) => value / (floor[i] ?? Number.NaN));
  return medianOf([{ what: 'ratio', unit: '', values }], 'ratio');
}

const goal = (what: string, variant: string, atMost: number) => ({
  what: `${what}: ${variant} / JSON.stringify, paired`,
  figure: pairedRatio(what, variant),
  atMost,
});

printReport({
  title: 'What a payload costs, against JSON.stringify',
  versions: {},
  parameters: { rounds: ROUNDS, 'ms per round': ROUND_MS, values: sizes.join(', ') },
  rows,
  goals: ['plain state', 'plain state, larger', 'one text'].flatMap((what) => [
    goal(what, 'serialize', 1.5),
    goal(what, 'held at the call', 1.5),
    goal(what, 'held and written', 1.5),
  ]),
});
