import { fieldOf } from '../field-of.ts';
import { type ModelAnswer } from '../model-calls/model-answer.ts';
import { tokenUsageOf } from '../model-calls/token-usage.ts';

/** Characters kept of one streamed text; payloads are cut below that anyway. */
const MAX_CHARS = 1_000_000;
/** Choices and tool calls kept of one stream. */
const MAX_PARTS = 128;

/** Puts the chunks of a stream together. */
export interface StreamAssembler {
  /** Takes a chunk. @returns whether it says anything a reader would see */
  add(chunk: unknown): boolean;
  /** Whether the model said that it is done. */
  readonly isComplete: boolean;
  answer(): ModelAnswer;
}

type Parts = Record<string, unknown>;

const isList = (value: unknown): value is readonly unknown[] => Array.isArray(value);
const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';
const textOf = (value: unknown): string | undefined => (isText(value) ? value : undefined);

function append(parts: Parts, key: string, text: unknown): boolean {
  if (!isText(text)) return false;
  const before = parts[key];
  const known = typeof before === 'string' ? before : '';
  if (known.length < MAX_CHARS) parts[key] = known + text;
  return true;
}

const indexOf = (value: unknown, fallback: number): number | undefined => {
  const index = fieldOf(value, 'index') ?? fallback;
  return typeof index === 'number' && index >= 0 && index < MAX_PARTS ? Math.floor(index) : undefined;
};

interface Choice {
  message: Parts;
  toolCalls: Map<number, { call: Parts; fn: Parts }>;
  finishReason: string | undefined;
}

/** Streams of chat completions, of OpenAI and of those that speak like it. */
export class ChatAssembler implements StreamAssembler {
  private readonly choices = new Map<number, Choice>();
  private model: string | undefined;
  private usage: unknown;

  get isComplete(): boolean {
    return (
      this.choices.size > 0 &&
      [...this.choices.values()].every(({ finishReason }) => finishReason !== undefined)
    );
  }

  add(chunk: unknown): boolean {
    this.model = textOf(fieldOf(chunk, 'model')) ?? this.model;
    this.usage = fieldOf(chunk, 'usage') ?? fieldOf(fieldOf(chunk, 'x_groq'), 'usage') ?? this.usage;
    const choices = fieldOf(chunk, 'choices');
    if (!isList(choices)) return false;
    // Each of them is to be taken: no short circuit.
    return choices.map((choice, i) => this.addChoice(choice, i)).includes(true);
  }

  answer(): ModelAnswer {
    const choices = [...this.choices].sort(([a], [b]) => a - b).map(([, choice]) => choice);
    const messages = choices.map(messageOf);
    return {
      output: messages.length === 1 ? messages[0] : messages,
      model: this.model,
      usage: tokenUsageOf(this.usage),
      finishReason: choices[0]?.finishReason,
    };
  }

  private addChoice(given: unknown, position: number): boolean {
    const index = indexOf(given, position);
    if (index === undefined) return false;
    const choice = this.choices.get(index) ?? {
      message: { role: 'assistant', content: null },
      toolCalls: new Map<number, { call: Parts; fn: Parts }>(),
      finishReason: undefined,
    };
    this.choices.set(index, choice);
    choice.finishReason = textOf(fieldOf(given, 'finish_reason')) ?? choice.finishReason;
    const delta = fieldOf(given, 'delta');
    choice.message['role'] = textOf(fieldOf(delta, 'role')) ?? choice.message['role'];
    const isSaid = ['content', 'refusal', 'reasoning_content', 'reasoning'].map((key) =>
      append(choice.message, key, fieldOf(delta, key)),
    );
    return addToolCalls(choice, fieldOf(delta, 'tool_calls')) || isSaid.includes(true);
  }
}

function addToolCalls({ toolCalls }: Choice, deltas: unknown): boolean {
  if (!isList(deltas)) return false;
  for (const [position, delta] of deltas.entries()) {
    const index = indexOf(delta, position);
    if (index === undefined) continue;
    const parts = toolCalls.get(index) ?? { call: {}, fn: {} };
    toolCalls.set(index, parts);
    for (const key of ['id', 'type']) if (isText(fieldOf(delta, key))) parts.call[key] = fieldOf(delta, key);
    const fn = fieldOf(delta, 'function');
    if (isText(fieldOf(fn, 'name'))) parts.fn['name'] = fieldOf(fn, 'name');
    append(parts.fn, 'arguments', fieldOf(fn, 'arguments'));
  }
  return deltas.length > 0;
}

function messageOf({ message, toolCalls }: Choice): unknown {
  if (toolCalls.size === 0) return message;
  const calls = [...toolCalls].sort(([a], [b]) => a - b);
  return { ...message, tool_calls: calls.map(([, { call, fn }]) => ({ ...call, function: fn })) };
}

/** Streams of the old completions. */
export class TextAssembler implements StreamAssembler {
  private readonly texts: Parts = {};
  private model: string | undefined;
  private usage: unknown;
  private finishReason: string | undefined;

  get isComplete(): boolean {
    return this.finishReason !== undefined;
  }

  add(chunk: unknown): boolean {
    this.model = textOf(fieldOf(chunk, 'model')) ?? this.model;
    this.usage = fieldOf(chunk, 'usage') ?? this.usage;
    const choices = fieldOf(chunk, 'choices');
    if (!isList(choices)) return false;
    const isSaid = choices.map((choice, i) => {
      this.finishReason = textOf(fieldOf(choice, 'finish_reason')) ?? this.finishReason;
      const index = indexOf(choice, i);
      return index !== undefined && append(this.texts, String(index), fieldOf(choice, 'text'));
    });
    return isSaid.includes(true);
  }

  answer(): ModelAnswer {
    const texts = Object.values(this.texts);
    return {
      output: texts.length === 1 ? texts[0] : texts,
      model: this.model,
      usage: tokenUsageOf(this.usage),
      finishReason: this.finishReason,
    };
  }
}

const LAST_EVENTS: readonly unknown[] = ['response.completed', 'response.incomplete', 'response.failed'];

/** Streams of the Responses API, whose last event holds the whole response. */
export class ResponseAssembler implements StreamAssembler {
  private readonly answerOf: (response: unknown) => ModelAnswer;
  private response: unknown;
  private readonly parts: Parts = {};
  isComplete = false;

  constructor(answerOf: (response: unknown) => ModelAnswer) {
    this.answerOf = answerOf;
  }

  add(event: unknown): boolean {
    const type = fieldOf(event, 'type');
    this.response = fieldOf(event, 'response') ?? this.response;
    if (LAST_EVENTS.includes(type)) this.isComplete = true;
    if (type === 'error') this.response = { status: 'failed', error: event };
    if (type === 'response.output_text.delta') append(this.parts, 'text', fieldOf(event, 'delta'));
    return typeof type === 'string' && type.endsWith('.delta');
  }

  answer(): ModelAnswer {
    const answer = this.answerOf(this.response);
    return this.isComplete || this.parts['text'] === undefined
      ? answer
      : { ...answer, output: this.parts['text'] };
  }
}
