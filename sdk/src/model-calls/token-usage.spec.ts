import { describe, expect, test } from '@jest/globals';
import { tokenUsageOf } from './token-usage.ts';

describe('tokens in one shape', () => {
  test.each([
    [
      'OpenAI chat completions',
      {
        prompt_tokens: 100,
        completion_tokens: 50,
        total_tokens: 150,
        prompt_tokens_details: { cached_tokens: 80, audio_tokens: 0 },
        completion_tokens_details: { reasoning_tokens: 30, audio_tokens: 0, accepted_prediction_tokens: 0 },
      },
      { input: 100, output: 50, total: 150, input_cached: 80, output_reasoning: 30 },
    ],
    [
      'OpenAI responses',
      {
        input_tokens: 100,
        output_tokens: 50,
        total_tokens: 150,
        input_tokens_details: { cached_tokens: 64 },
        output_tokens_details: { reasoning_tokens: 20 },
      },
      { input: 100, output: 50, total: 150, input_cached: 64, output_reasoning: 20 },
    ],
    ['OpenAI embeddings', { prompt_tokens: 8, total_tokens: 8 }, { input: 8, total: 8 }],
    [
      'Anthropic, whose input leaves the cache out',
      { input_tokens: 10, output_tokens: 5, cache_read_input_tokens: 1000, cache_creation_input_tokens: 200 },
      { input: 1210, output: 5, total: 1215, input_cached: 1000, input_cache_creation: 200 },
    ],
    [
      'Google, whose output leaves the thoughts out',
      {
        promptTokenCount: 100,
        candidatesTokenCount: 20,
        thoughtsTokenCount: 30,
        cachedContentTokenCount: 60,
        totalTokenCount: 150,
      },
      { input: 100, output: 50, total: 150, input_cached: 60, output_reasoning: 30 },
    ],
    [
      'Bedrock',
      {
        inputTokens: 10,
        outputTokens: 5,
        totalTokens: 15,
        cacheReadInputTokens: 90,
        cacheWriteInputTokens: 0,
      },
      { input: 100, output: 5, total: 105, input_cached: 90 },
    ],
    ['Ollama', { prompt_eval_count: 7, eval_count: 3 }, { input: 7, output: 3, total: 10 }],
    [
      'DeepSeek',
      { prompt_tokens: 9, completion_tokens: 1, prompt_cache_hit_tokens: 4 },
      {
        input: 9,
        output: 1,
        total: 10,
        input_cached: 4,
      },
    ],
    [
      'LangChain messages',
      {
        input_tokens: 100,
        output_tokens: 50,
        total_tokens: 150,
        input_token_details: { cache_read: 80, cache_creation: 5 },
        output_token_details: { reasoning: 30 },
      },
      { input: 100, output: 50, total: 150, input_cached: 80, input_cache_creation: 5, output_reasoning: 30 },
    ],
    [
      'LangChain messages of a wrapper that passes on an input without the cache',
      { input_tokens: 10, output_tokens: 5, total_tokens: 15, input_token_details: { cache_read: 90 } },
      { input: 100, output: 5, total: 105, input_cached: 90 },
    ],
    [
      'LangChain results',
      { promptTokens: 3, completionTokens: 4, totalTokens: 7 },
      { input: 3, output: 4, total: 7 },
    ],
    ['output alone', { completion_tokens: 4 }, { output: 4, total: 4 }],
  ])('is read from %s', (_provider, raw, usage) => {
    expect(tokenUsageOf(raw)).toEqual(usage);
  });

  test.each([[undefined], [null], [{}], [{ prompt_tokens: '3' }], [{ input_tokens: Number.NaN }], ['12']])(
    'is absent where %p says nothing',
    (raw) => {
      expect(tokenUsageOf(raw)).toBeUndefined();
    },
  );
});
