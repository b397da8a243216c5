import { fieldOf } from '../field-of.ts';
import { type ModelAnswer } from '../model-calls/model-answer.ts';
import { type TokenUsage, tokenUsageOf } from '../model-calls/token-usage.ts';

/**
 * What LangChain.js tells its callback handlers, read by shape: the package is no dependency, and its versions differ.
 */

const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';
const isList = (value: unknown): value is readonly unknown[] => Array.isArray(value);
const isFilled = (value: unknown): boolean => isList(value) && value.length > 0;
const textAt = (value: unknown, ...path: readonly string[]): string | undefined => {
  const found = path.reduce<unknown>(fieldOf, value);
  return isText(found) ? found : undefined;
};

const ROLES: Readonly<Record<string, string>> = { human: 'user', ai: 'assistant' };

const typeOf = (message: unknown): string | undefined => {
  const type = textAt(message, 'type');
  if (type !== undefined) return type;
  // Up to LangChain 0.3 the type is behind a method.
  const ask = fieldOf(message, '_getType');
  const answer: unknown = typeof ask === 'function' ? Reflect.apply(ask, message, []) : undefined;
  return isText(answer) ? answer : undefined;
};

const isMessage = (value: unknown): boolean => {
  const namespace = fieldOf(value, 'lc_namespace');
  return isList(namespace) && namespace.includes('messages');
};

/** A message as chat APIs have it: `{role, content, tool_calls?, …}`; any other value as it is. */
export function messageOf(value: unknown): unknown {
  if (!isMessage(value)) return value;
  const type = typeOf(value) ?? 'unknown';
  const message: Record<string, unknown> = {
    role: ROLES[type] ?? textAt(value, 'role') ?? type,
    content: fieldOf(value, 'content'),
  };
  for (const key of ['name', 'tool_call_id', 'status'])
    if (isText(fieldOf(value, key))) message[key] = fieldOf(value, key);
  for (const key of ['tool_calls', 'invalid_tool_calls'])
    if (isFilled(fieldOf(value, key))) message[key] = fieldOf(value, key);
  for (const key of ['reasoning_content', 'refusal']) {
    const said = fieldOf(fieldOf(value, 'additional_kwargs'), key);
    if (isText(said)) message[key] = said;
  }
  return message;
}

/** What a prompt made: the messages, or the text. */
function promptOf(value: object): unknown {
  const namespace = fieldOf(value, 'lc_namespace');
  if (!isList(namespace) || !namespace.includes('prompt_values')) return undefined;
  return fieldOf(value, 'messages') ?? fieldOf(value, 'value');
}

const MAX_SEARCH_DEPTH = 3;

/** The same value with the messages in it as chat APIs have them; only plain lists and objects are looked into. */
export function withMessages(value: unknown, depth = 0): unknown {
  if (typeof value !== 'object' || value === null || depth > MAX_SEARCH_DEPTH) return value;
  if (isMessage(value)) return messageOf(value);
  if (isList(value)) return value.map((item) => withMessages(item, depth + 1));
  const prompt = promptOf(value);
  if (prompt !== undefined) return withMessages(prompt, depth);
  if (Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withMessages(item, depth + 1)]));
}

/** LangChain wraps what is no object into one with this key alone. */
export function unwrapped(value: unknown, key: 'input' | 'output'): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const keys = Object.keys(value);
  return withMessages(keys.length === 1 && keys[0] === key ? fieldOf(value, key) : value);
}

/** Tools get their arguments as text; it is JSON more often than not. */
export function toolInputOf(input: unknown): unknown {
  if (typeof input !== 'string' || !/^\s*[[{]/.test(input)) return input;
  try {
    const parsed: unknown = JSON.parse(input);
    return parsed;
  } catch {
    return input;
  }
}

const documentOf = (document: unknown): unknown => {
  const content = fieldOf(document, 'pageContent');
  if (content === undefined) return document;
  const id = fieldOf(document, 'id');
  return {
    ...(id === undefined ? {} : { id }),
    page_content: content,
    metadata: fieldOf(document, 'metadata'),
  };
};
export const documentsOf = (documents: unknown): unknown =>
  isList(documents) ? documents.map(documentOf) : documents;

/** Name of what runs, as LangChain says it: the run's, the component's, or its class's. */
export function nameOf(serialized: unknown, runName: unknown, fallback: string): string {
  const id = fieldOf(serialized, 'id');
  const last: unknown = isList(id) ? id.at(-1) : undefined;
  return [runName, fieldOf(serialized, 'name'), last].find(isText) ?? fallback;
}

/** A node of a LangGraph graph: LangGraph names it in what it tells of the run, and numbers its step. */
export function isGraphNode(name: unknown, tags: unknown, metadata: unknown): boolean {
  const isStep = isList(tags) && tags.some((tag) => isText(tag) && tag.startsWith('graph:step:'));
  return isStep && fieldOf(metadata, 'langgraph_node') === name;
}

/** Agents of LangChain, and graphs of LangGraph as a whole. */
export function isAgent(serialized: unknown, name: string, runType: unknown): boolean {
  const id = fieldOf(serialized, 'id');
  const isGraph = isList(id) && id.includes('langgraph') && id.includes('pregel');
  return runType === 'agent' || isGraph || /agent(executor)?$/i.test(name);
}

const MODEL_KEYS = ['model', 'model_name', 'modelName', 'model_id', 'modelId'] as const;
const modelIn = (value: unknown): string | undefined =>
  MODEL_KEYS.map((key) => textAt(value, key)).find((model) => model !== undefined);

/** The model asked for. */
export const requestedModel = (
  serialized: unknown,
  parameters: unknown,
  metadata: unknown,
): string | undefined =>
  modelIn(parameters) ?? textAt(metadata, 'ls_model_name') ?? modelIn(fieldOf(serialized, 'kwargs'));

/** LangChain joins the chunks of a stream field by field, and with them a name that each repeats. */
function unrepeated(text: string): string {
  const period = (text + text).indexOf(text, 1);
  return period > 1 ? text.slice(0, period) : text;
}

const generationOutput = (generation: unknown): unknown => {
  const message = fieldOf(generation, 'message');
  return message === undefined ? fieldOf(generation, 'text') : messageOf(message);
};

function usageIn(generations: readonly unknown[], llmOutput: unknown): TokenUsage | undefined {
  const places = generations.flatMap((generation) => {
    const message = fieldOf(generation, 'message');
    const response = fieldOf(message, 'response_metadata');
    return [
      fieldOf(message, 'usage_metadata'),
      fieldOf(response, 'usage'),
      fieldOf(response, 'tokenUsage'),
      response,
      fieldOf(fieldOf(generation, 'generationInfo'), 'tokenUsage'),
    ];
  });
  const [own] = places;
  const others = ['tokenUsage', 'usage', 'usage_metadata', 'estimatedTokenUsage'].map((key) =>
    fieldOf(llmOutput, key),
  );
  for (const place of [own, ...others, ...places]) {
    const usage = tokenUsageOf(place);
    if (usage !== undefined) return usage;
  }
  return undefined;
}

/** What a model answered: one message (or text), or a list where several were asked for. */
export function modelAnswerOf(result: unknown): ModelAnswer {
  const lists = fieldOf(result, 'generations');
  // One prompt per run: the other lists, where there are any, have runs of their own.
  const list: unknown = isList(lists) ? lists[0] : undefined;
  const generations = isList(list) ? list.filter((each) => each !== undefined) : [];
  const llmOutput = fieldOf(result, 'llmOutput');
  const [first] = generations;
  const response = fieldOf(fieldOf(first, 'message'), 'response_metadata');
  const info = fieldOf(first, 'generationInfo');
  const model = modelIn(response) ?? modelIn(llmOutput) ?? modelIn(info);
  const finishReason = [info, response]
    .flatMap((place) =>
      ['finish_reason', 'stop_reason', 'finishReason', 'stopReason', 'done_reason'].map((key) =>
        fieldOf(place, key),
      ),
    )
    .find(isText);
  return {
    output: generations.length === 1 ? generationOutput(first) : generations.map(generationOutput),
    model: model === undefined ? undefined : unrepeated(model),
    usage: usageIn(generations, llmOutput),
    finishReason: finishReason === undefined ? undefined : unrepeated(finishReason),
  };
}

/** Whether a chunk of a stream says anything: the first ones of many providers only announce the role. */
export function saysAnything(token: unknown, fields: unknown): boolean {
  if (isText(token)) return true;
  const message = fieldOf(fieldOf(fields, 'chunk'), 'message');
  const content = fieldOf(message, 'content');
  return (
    isFilled(content) ||
    isFilled(fieldOf(message, 'tool_call_chunks')) ||
    isText(fieldOf(fieldOf(message, 'additional_kwargs'), 'reasoning_content'))
  );
}
