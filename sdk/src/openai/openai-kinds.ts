import { type ObservationType } from '../contract/index.ts';
import { fieldOf } from '../field-of.ts';
import { type ModelAnswer } from '../model-calls/model-answer.ts';
import {
  ChatAssembler,
  ResponseAssembler,
  type StreamAssembler,
  TextAssembler,
} from './openai-assemblers.ts';
import { tokenUsageOf } from '../model-calls/token-usage.ts';

/** What is observed of one method of the client. */
export interface CallKind {
  readonly name: string;
  readonly type: ObservationType;
  input(body: unknown): unknown;
  answer(data: unknown): ModelAnswer;
  assembler?(): StreamAssembler;
}

const isList = (value: unknown): value is readonly unknown[] => Array.isArray(value);
const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

/** One choice is the answer itself, several are a list. */
function choicesOf(data: unknown, key: 'message' | 'text'): ModelAnswer {
  const choices = fieldOf(data, 'choices');
  const list = isList(choices) ? choices : [];
  const outputs = list.map((choice) => fieldOf(choice, key));
  return {
    output: outputs.length === 1 ? outputs[0] : outputs,
    model: textOf(fieldOf(data, 'model')),
    usage: tokenUsageOf(fieldOf(data, 'usage')),
    finishReason: textOf(fieldOf(list[0], 'finish_reason')),
  };
}

export const CHAT: CallKind = {
  name: 'openai.chat.completions',
  type: 'GENERATION',
  input: (body) => fieldOf(body, 'messages'),
  answer: (data) => choicesOf(data, 'message'),
  assembler: () => new ChatAssembler(),
};

export const TEXT: CallKind = {
  name: 'openai.completions',
  type: 'GENERATION',
  input: (body) => fieldOf(body, 'prompt'),
  answer: (data) => choicesOf(data, 'text'),
  assembler: () => new TextAssembler(),
};

/** What a response of the Responses API says, whole or as far as it came. */
function responseAnswerOf(response: unknown): ModelAnswer {
  const failure = fieldOf(response, 'error');
  return {
    output: fieldOf(response, 'output'),
    model: textOf(fieldOf(response, 'model')),
    usage: tokenUsageOf(fieldOf(response, 'usage')),
    finishReason:
      textOf(fieldOf(fieldOf(response, 'incomplete_details'), 'reason')) ??
      textOf(fieldOf(response, 'status')),
    ...(fieldOf(response, 'status') === 'failed' && failure !== null ? { failure } : {}),
  };
}

export const RESPONSE: CallKind = {
  name: 'openai.responses',
  type: 'GENERATION',
  input: (body) => {
    const instructions = fieldOf(body, 'instructions');
    const input = fieldOf(body, 'input');
    return instructions === undefined || instructions === null ? input : { instructions, input };
  },
  answer: responseAnswerOf,
  assembler: () => new ResponseAssembler(responseAnswerOf),
};

/** Vectors say nothing to people and weigh much: their number and size is told. */
export const EMBEDDING: CallKind = {
  name: 'openai.embeddings',
  type: 'EMBEDDING',
  input: (body) => fieldOf(body, 'input'),
  answer: (data) => {
    const list = fieldOf(data, 'data');
    const vectors = isList(list) ? list : [];
    const first = fieldOf(vectors[0], 'embedding');
    return {
      output: { vectors: vectors.length, dimensions: isList(first) ? first.length : undefined },
      model: textOf(fieldOf(data, 'model')),
      usage: tokenUsageOf(fieldOf(data, 'usage')),
    };
  },
};
