import { fieldOf } from '../field-of.ts';

/**
 * Tokens of one model call, in one shape for every provider. `input_…` are parts of `input` and `output_…` of `output`: they are never
 * added to them. What the provider did not say is left out.
 */
export interface TokenUsage {
  /** All tokens that went in, cached ones included. */
  input?: number;
  /** All tokens that came out, reasoning included. */
  output?: number;
  total?: number;
  /** Read from the provider's cache. */
  input_cached?: number;
  /** Written to the provider's cache. */
  input_cache_creation?: number;
  input_audio?: number;
  output_reasoning?: number;
  output_audio?: number;
}

const numberAt = (value: unknown, ...path: readonly string[]): number | undefined => {
  const found = path.reduce<unknown>(fieldOf, value);
  return typeof found === 'number' && Number.isFinite(found) && found >= 0 ? found : undefined;
};

const firstNumber = (value: unknown, paths: readonly (readonly string[])[]): number | undefined => {
  for (const path of paths) {
    const found = numberAt(value, ...path);
    if (found !== undefined) return found;
  }
  return undefined;
};

const sum = (...parts: readonly (number | undefined)[]): number | undefined =>
  parts.reduce((total, part) => (part === undefined ? total : (total ?? 0) + part), undefined);

/** Where the providers, and LangChain's wrappers of them, say it. */
const INPUT = [['input_tokens'], ['prompt_tokens'], ['promptTokens'], ['prompt_eval_count']];
const OUTPUT = [['output_tokens'], ['completion_tokens'], ['completionTokens'], ['eval_count']];
const TOTAL = [['total_tokens'], ['totalTokens'], ['totalTokenCount']];
const PARTS = {
  input_cached: [
    ['input_token_details', 'cache_read'],
    ['input_tokens_details', 'cached_tokens'],
    ['prompt_tokens_details', 'cached_tokens'],
    ['prompt_cache_hit_tokens'],
    ['cachedContentTokenCount'],
    ['cache_read_input_tokens'],
    ['cacheReadInputTokens'],
  ],
  input_cache_creation: [
    ['input_token_details', 'cache_creation'],
    ['cache_creation_input_tokens'],
    ['cacheWriteInputTokens'],
  ],
  input_audio: [
    ['input_token_details', 'audio'],
    ['prompt_tokens_details', 'audio_tokens'],
  ],
  output_reasoning: [
    ['output_token_details', 'reasoning'],
    ['output_tokens_details', 'reasoning_tokens'],
    ['completion_tokens_details', 'reasoning_tokens'],
    ['thoughtsTokenCount'],
  ],
  output_audio: [
    ['output_token_details', 'audio'],
    ['completion_tokens_details', 'audio_tokens'],
  ],
} as const;
const PART_NAMES = [
  'input_cached',
  'input_cache_creation',
  'input_audio',
  'output_reasoning',
  'output_audio',
] as const satisfies readonly (keyof typeof PARTS)[];

/** Answers whose input leaves out what came from, or went to, the cache: Anthropic's own and Bedrock's. */
const CACHE_APART = [
  'cache_read_input_tokens',
  'cache_creation_input_tokens',
  'cacheReadInputTokens',
  'cacheWriteInputTokens',
];

function inputOf(raw: unknown, cached: number | undefined): number | undefined {
  const google = sum(numberAt(raw, 'promptTokenCount'), numberAt(raw, 'toolUsePromptTokenCount'));
  if (google !== undefined) return google;
  const bedrock = numberAt(raw, 'inputTokens');
  const said = firstNumber(raw, INPUT) ?? bedrock;
  const isApart = CACHE_APART.some((key) => numberAt(raw, key) !== undefined);
  // A part cannot be more than the whole: older wrappers pass on the provider's number, which leaves the cache out.
  const isTooSmall = said !== undefined && (cached ?? 0) > said;
  return isApart || isTooSmall ? sum(said, cached) : said;
}

function outputOf(raw: unknown): number | undefined {
  const google = sum(numberAt(raw, 'candidatesTokenCount'), numberAt(raw, 'thoughtsTokenCount'));
  return google ?? firstNumber(raw, OUTPUT) ?? numberAt(raw, 'outputTokens');
}

/**
 * The tokens in an answer's usage: OpenAI's (chat, responses, embeddings), Anthropic's, Google's, Bedrock's, Ollama's and LangChain's
 * `usage_metadata` and `tokenUsage`. Undefined when it says nothing.
 */
export function tokenUsageOf(raw: unknown): TokenUsage | undefined {
  const input_cached = firstNumber(raw, PARTS.input_cached);
  const input_cache_creation = firstNumber(raw, PARTS.input_cache_creation);
  const input = inputOf(raw, sum(input_cached, input_cache_creation));
  const output = outputOf(raw);
  if (input === undefined && output === undefined) return undefined;
  // The cache apart: such a total, where there is one, leaves it out as well.
  const total = Math.max(firstNumber(raw, TOTAL) ?? 0, (input ?? 0) + (output ?? 0));
  return {
    ...(input === undefined ? {} : { input }),
    ...(output === undefined ? {} : { output }),
    total,
    ...partsOf(raw),
  };
}

/** Zeros are left out: most providers list every part they have. */
function partsOf(raw: unknown): TokenUsage {
  const parts: Partial<Record<keyof typeof PARTS, number>> = {};
  for (const part of PART_NAMES) {
    const count = firstNumber(raw, PARTS[part]);
    if (count !== undefined && count > 0) parts[part] = count;
  }
  return parts;
}
