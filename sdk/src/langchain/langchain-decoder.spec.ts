import { describe, expect, test } from '@jest/globals';
import {
  AIMessage,
  AIMessageChunk,
  ChatMessage,
  HumanMessage,
  SystemMessage,
  ToolMessage,
  type UsageMetadata,
} from '@langchain/core/messages';
import { ChatPromptValue, StringPromptValue } from '@langchain/core/prompt_values';
import { isAgent, messageOf, modelAnswerOf, nameOf, toolInputOf, withMessages } from './langchain-decoder.ts';

describe('messages', () => {
  test('are told as chat APIs have them', () => {
    const messages = [
      new SystemMessage('be short'),
      new HumanMessage({ content: [{ type: 'text', text: 'hi' }], name: 'anna' }),
      new AIMessage({ content: '', tool_calls: [{ name: 'add', args: { a: 1 }, id: 'c1' }] }),
      new ToolMessage({ content: '3', tool_call_id: 'c1', status: 'success' }),
      new ChatMessage('hm', 'critic'),
      new AIMessageChunk({ content: 'so', additional_kwargs: { reasoning_content: 'because' } }),
    ];
    expect(withMessages({ messages, other: 1 })).toEqual({
      messages: [
        { role: 'system', content: 'be short' },
        { role: 'user', content: [{ type: 'text', text: 'hi' }], name: 'anna' },
        { role: 'assistant', content: '', tool_calls: [{ name: 'add', args: { a: 1 }, id: 'c1' }] },
        { role: 'tool', content: '3', tool_call_id: 'c1', status: 'success' },
        { role: 'critic', content: 'hm' },
        { role: 'assistant', content: 'so', reasoning_content: 'because' },
      ],
      other: 1,
    });
  });

  test('are found in what prompts make', () => {
    expect(withMessages(new ChatPromptValue([new HumanMessage('hi')]))).toEqual([
      { role: 'user', content: 'hi' },
    ]);
    expect(withMessages(new StringPromptValue('hi'))).toBe('hi');
  });

  test('of older versions say their type by a method', () => {
    const old = { lc_namespace: ['langchain_core', 'messages'], _getType: () => 'human', content: 'hi' };
    expect(messageOf(old)).toEqual({ role: 'user', content: 'hi' });
  });

  test('are not looked for in what is no plain value', () => {
    const date = new Date(0);
    expect(withMessages({ date })).toEqual({ date });
    expect(messageOf('text')).toBe('text');
  });
});

describe('answers of models', () => {
  const answer = (message: AIMessage | AIMessageChunk, llmOutput?: object, generationInfo?: object) =>
    modelAnswerOf({ generations: [[{ text: '', message, generationInfo }]], llmOutput });
  /** Its type has no place for it where tools are typed. */
  const withUsage = (message: AIMessage, usage_metadata: UsageMetadata): AIMessage =>
    Object.assign(message, { usage_metadata });

  test.each([
    [
      'OpenAI, in usage_metadata',
      answer(
        withUsage(
          new AIMessage({
            content: 'x',
            response_metadata: { model_name: 'gpt-4o-2024-08-06', finish_reason: 'stop' },
          }),
          {
            input_tokens: 10,
            output_tokens: 5,
            total_tokens: 15,
            input_token_details: { cache_read: 8 },
            output_token_details: { reasoning: 3 },
          },
        ),
        { tokenUsage: { promptTokens: 10, completionTokens: 5, totalTokens: 15 } },
      ),
      { input: 10, output: 5, total: 15, input_cached: 8, output_reasoning: 3 },
      ['gpt-4o-2024-08-06', 'stop'],
    ],
    [
      'OpenAI, of older versions',
      answer(
        new AIMessage('x'),
        { tokenUsage: { promptTokens: 10, completionTokens: 5, totalTokens: 15 } },
        {
          finish_reason: 'length',
        },
      ),
      { input: 10, output: 5, total: 15 },
      [undefined, 'length'],
    ],
    [
      'Anthropic',
      answer(new AIMessage({ content: 'x', response_metadata: { stop_reason: 'end_turn' } }), {
        model: 'claude-x',
        usage: { input_tokens: 1, output_tokens: 2, cache_read_input_tokens: 7 },
      }),
      { input: 8, output: 2, total: 10, input_cached: 7 },
      ['claude-x', 'end_turn'],
    ],
    [
      'Google',
      answer(
        withUsage(
          new AIMessage({
            content: 'x',
            response_metadata: { finishReason: 'STOP', model: 'gemini-x' },
          }),
          { input_tokens: 4, output_tokens: 6, total_tokens: 10 },
        ),
      ),
      { input: 4, output: 6, total: 10 },
      ['gemini-x', 'STOP'],
    ],
    [
      'Ollama',
      answer(
        new AIMessage({
          content: 'x',
          response_metadata: { model: 'llama', prompt_eval_count: 3, eval_count: 4, done_reason: 'stop' },
        }),
      ),
      { input: 3, output: 4, total: 7 },
      ['llama', 'stop'],
    ],
  ])('are read from %s', (_provider, { model, usage, finishReason }, expected, [name, reason]) => {
    expect(usage).toEqual(expected);
    expect([model, finishReason]).toEqual([name, reason]);
  });

  test('of joined chunks have the name once that each of them repeats', () => {
    const chunk = (model_name: string) =>
      new AIMessageChunk({ content: 'x', response_metadata: { model_name } });
    const joined = chunk('gpt-4o').concat(chunk('gpt-4o')).concat(chunk('gpt-4o'));
    expect(answer(joined).model).toBe('gpt-4o');
    expect(answer(new AIMessage({ content: '', response_metadata: { model: 'gpt-4o-4o' } })).model).toBe(
      'gpt-4o-4o',
    );
  });

  test('are a list where several were asked for, and text where the model knows no messages', () => {
    expect(modelAnswerOf({ generations: [[{ text: 'a' }, { text: 'b' }]] }).output).toEqual(['a', 'b']);
    expect(modelAnswerOf({ generations: [[{ text: 'a' }]] }).output).toBe('a');
    expect(modelAnswerOf(undefined)).toMatchObject({ output: [], usage: undefined });
    // A stream that said nothing at all.
    expect(modelAnswerOf({ generations: [[undefined]] })).toMatchObject({ output: [] });
  });
});

describe('names and inputs', () => {
  test('are the run’s, the component’s or its class’s', () => {
    const component = { name: 'search', id: ['langchain', 'tools', 'DynamicTool'] };
    expect(nameOf(component, 'mine', 'Tool')).toBe('mine');
    expect(nameOf(component, undefined, 'Tool')).toBe('search');
    expect(nameOf({ id: component.id }, '', 'Tool')).toBe('DynamicTool');
    expect(nameOf(null, undefined, 'Tool')).toBe('Tool');
  });

  test('tell agents from chains', () => {
    expect(isAgent({ id: ['langgraph', 'pregel', 'CompiledStateGraph'] }, 'LangGraph', undefined)).toBe(true);
    expect(isAgent({ id: ['langchain', 'agents', 'AgentExecutor'] }, 'AgentExecutor', undefined)).toBe(true);
    expect(isAgent({ id: ['langchain_core', 'runnables', 'RunnableSequence'] }, 'chain', undefined)).toBe(
      false,
    );
  });

  test('of tools are parsed where they are JSON', () => {
    expect(toolInputOf('{"a":1}')).toEqual({ a: 1 });
    expect(toolInputOf('[1')).toBe('[1');
    expect(toolInputOf('12')).toBe('12');
  });
});
