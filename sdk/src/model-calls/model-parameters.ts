import { fieldOf } from '../field-of.ts';

/** What decides how a model answers, as providers and LangChain's wrappers of them name it; not what it is asked. */
const NAMES = [
  'temperature',
  'top_p',
  'topP',
  'top_k',
  'topK',
  'n',
  'candidateCount',
  'max_tokens',
  'maxTokens',
  'max_completion_tokens',
  'max_output_tokens',
  'maxOutputTokens',
  'num_predict',
  'numPredict',
  'num_ctx',
  'frequency_penalty',
  'presence_penalty',
  'repeat_penalty',
  'logit_bias',
  'logprobs',
  'top_logprobs',
  'seed',
  'stop',
  'stop_sequences',
  'stopSequences',
  'response_format',
  'text',
  'modalities',
  'tool_choice',
  'parallel_tool_calls',
  'max_tool_calls',
  'reasoning',
  'reasoning_effort',
  'thinking',
  'thinkingConfig',
  'verbosity',
  'truncation',
  'service_tier',
  'stream',
  'dimensions',
  'encoding_format',
] as const;

/** The parameters in a request or in LangChain's `invocation_params`; undefined when there are none. */
export function modelParametersOf(request: unknown): { readonly [name: string]: unknown } | undefined {
  const found: Record<string, unknown> = {};
  for (const name of NAMES) {
    const value = fieldOf(request, name);
    const isSaid = value !== undefined && value !== null && value !== '' && typeof value !== 'function';
    if (isSaid) found[name] = value;
  }
  return Object.keys(found).length === 0 ? undefined : found;
}
