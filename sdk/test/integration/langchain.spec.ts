import { describe, expect, test } from '@jest/globals';
import { type BaseCallbackHandler } from '@langchain/core/callbacks/base';
import { Document } from '@langchain/core/documents';
import { ChatPromptTemplate } from '@langchain/core/prompts';
import { BaseRetriever } from '@langchain/core/retrievers';
import { RunnableLambda } from '@langchain/core/runnables';
import { tool } from '@langchain/core/tools';
import { FakeLLM } from '@langchain/core/utils/testing';
import { z } from 'zod';
import { flush, traced } from '../../src/index.ts';
import { createLangChainHandler, SwisperStudioHandler } from '../../src/langchain/index.ts';
import { sdkState } from '../../src/sdk-state.ts';
import { ScriptedChatModel } from '../scripted-chat-model.ts';
import { recordedTraces } from '../recorded-runs.ts';
import { useObservedProject } from '../use-observed-project.ts';

const project = useObservedProject();

const usage = {
  input_tokens: 100,
  output_tokens: 50,
  total_tokens: 150,
  input_token_details: { cache_read: 80 },
  output_token_details: { reasoning: 30 },
};
const normalised = { input: 100, output: 50, total: 150, input_cached: 80, output_reasoning: 30 };

const rows = async () => {
  await flush(60_000);
  return project.observations();
};
const traceEvents = () => recordedTraces(project);

class PlaceRetriever extends BaseRetriever {
  lc_namespace = ['test'];
  override _getRelevantDocuments(query: string): Promise<Document[]> {
    const found = new Document({ id: 'd1', pageContent: `about ${query}`, metadata: { page: 3 } });
    return query === 'nowhere' ? Promise.reject(new Error('index is away')) : Promise.resolve([found]);
  }
}

const add = tool(({ a, b }: { a: number; b: number }) => String(a + b), {
  name: 'add',
  description: 'adds',
  schema: z.object({ a: z.number(), b: z.number() }),
});

describe('a chain with the handler', () => {
  test('is a trace of its own with its models below, told with tokens, parameters and tool calls', async () => {
    const model = new ScriptedChatModel({
      text: 'Zurich',
      toolCalls: [{ name: 'add', args: { a: 1, b: 2 }, id: 'call-1' }],
      usage,
      responseMetadata: { model_name: 'scripted-1-2026' },
    });
    const prompt = ChatPromptTemplate.fromMessages([
      ['system', 'Answer shortly.'],
      ['human', 'Largest city of {country}?'],
    ]);
    const chain = prompt.pipe(model).withConfig({ runName: 'geography' });
    const answer = await chain.invoke(
      { country: 'Switzerland' },
      {
        callbacks: [createLangChainHandler({ tags: ['beta'] })],
        tags: ['eu'],
        metadata: { user_id: 'anna', thread_id: 'chat-7', plan: 'pro' },
      },
    );
    expect(answer.content).toBe('Zurich');
    const { starts, ends } = await traceEvents();
    expect(starts).toMatchObject([
      {
        name: 'geography',
        user_id: 'anna',
        session_id: 'chat-7',
        tags: ['beta', 'eu'],
        input: { country: 'Switzerland' },
        meta: { plan: 'pro' },
      },
    ]);
    expect(ends).toMatchObject([{ status: 'ok', output: { role: 'assistant', content: 'Zurich' } }]);
    const seen = await rows();
    const root = seen.get('geography');
    const generation = seen.get('ScriptedChatModel');
    expect([...seen.keys()].sort()).toEqual(['ChatPromptTemplate', 'ScriptedChatModel', 'geography']);
    expect(root).toMatchObject({ type: 'CHAIN', status: 'ok' });
    expect(generation).toMatchObject({
      type: 'GENERATION',
      parent_observation_id: root?.['observation_id'],
      model: 'scripted-1-2026',
      model_parameters: { temperature: 0.2, max_tokens: 64 },
      usage: normalised,
      input: [
        { role: 'system', content: 'Answer shortly.' },
        { role: 'user', content: 'Largest city of Switzerland?' },
      ],
      output: {
        role: 'assistant',
        content: 'Zurich',
        tool_calls: [{ name: 'add', args: { a: 1, b: 2 }, id: 'call-1' }],
      },
      meta: {
        requested_model: 'scripted-1',
        finish_reason: 'stop',
        tools: [{ type: 'function', function: { name: 'add' } }],
      },
    });
    expect(JSON.stringify(generation)).not.toContain('never to be seen');
  });

  test('of a stream has its input, its whole output and the time of the first token', async () => {
    const model = new ScriptedChatModel({ text: 'one two three', usage });
    const chain = ChatPromptTemplate.fromTemplate('{x}').pipe(model).withConfig({ runName: 'counting' });
    const chunks: string[] = [];
    for await (const chunk of await chain.stream({ x: 'go' }, { callbacks: [new SwisperStudioHandler()] }))
      chunks.push(chunk.text);
    expect(chunks.join('')).toBe('one two three');
    const seen = await rows();
    expect(seen.get('counting')).toMatchObject({ input: { x: 'go' }, output: { content: 'one two three' } });
    const generation = seen.get('ScriptedChatModel');
    expect(generation).toMatchObject({
      model: 'scripted-1-2026',
      output: { role: 'assistant', content: 'one two three' },
      usage: normalised,
    });
    const times = ['start_time', 'completion_start_time', 'end_time'].map((key) => String(generation?.[key]));
    expect([...times].sort()).toEqual(times);
    expect(new Set(times).size).toBe(3);
    const events = await project.events();
    const trace = events.filter(({ event_type }) => String(event_type).startsWith('trace_'));
    expect(Object.assign({}, ...trace)).toMatchObject({ name: 'counting', input: { x: 'go' }, status: 'ok' });
  });

  test('that fails is an error where it failed and above, and the error reaches the caller', async () => {
    const error = new RangeError('model is away');
    const chain = ChatPromptTemplate.fromTemplate('{x}').pipe(new ScriptedChatModel({ error }));
    await expect(chain.invoke({ x: 'a' }, { callbacks: [new SwisperStudioHandler()] })).rejects.toBe(error);
    const seen = await rows();
    for (const name of ['ScriptedChatModel', 'RunnableSequence'])
      expect(seen.get(name)).toMatchObject({ level: 'ERROR', status_message: 'model is away' });
    expect((await traceEvents()).ends).toMatchObject([{ status: 'error', status_message: 'model is away' }]);
  });

  test('is below the traced function that runs it, and adds no trace', async () => {
    const run = traced('request', () =>
      new ScriptedChatModel({ text: 'hi' }).invoke('hello', { callbacks: [new SwisperStudioHandler()] }),
    );
    await run();
    const seen = await rows();
    expect(seen.get('ScriptedChatModel')?.['parent_observation_id']).toBe(
      seen.get('request')?.['observation_id'],
    );
    expect((await traceEvents()).starts).toHaveLength(1);
  });

  test('with several handlers is recorded once', async () => {
    const model = new ScriptedChatModel({ text: 'hi' });
    model.callbacks = [new SwisperStudioHandler()];
    await model.invoke('hello', { callbacks: [new SwisperStudioHandler(), new SwisperStudioHandler()] });
    await flush(60_000);
    expect(await project.events()).toHaveLength(3);
  });

  test('is not recorded while tracing is off, nor is anything its components call', async () => {
    await project.switchTo(1, false, 'told');
    const deadline = performance.now() + 30_000;
    while (sdkState().active?.isTracing === true && performance.now() < deadline)
      await new Promise((resolve) => setTimeout(resolve, 10));
    const inner = traced('inner', () => 'x');
    const chain = RunnableLambda.from(() => inner()).pipe((text: string) => text + text);
    expect(await chain.invoke('in', { callbacks: [new SwisperStudioHandler()] })).toBe('xx');
    await flush(60_000);
    expect(await project.events()).toEqual([]);
  });
});

describe('a model that knows texts only', () => {
  test('is a generation of its texts', async () => {
    const model = new FakeLLM({ response: 'blue' });
    await model.invoke('colour of the sky?', { callbacks: [new SwisperStudioHandler()], runName: 'sky' });
    expect((await rows()).get('sky')).toMatchObject({
      type: 'GENERATION',
      input: 'colour of the sky?',
      output: 'blue',
    });
  });
});

describe('tools and retrievers', () => {
  test('have their types, arguments and results', async () => {
    const callbacks = [new SwisperStudioHandler()];
    await traced('request', async () => {
      await add.invoke({ type: 'tool_call', name: 'add', id: 'call-9', args: { a: 1, b: 2 } }, { callbacks });
      await new PlaceRetriever().invoke('Bern', { callbacks });
      await new PlaceRetriever({ metadata: {} }).invoke('nowhere', { callbacks }).catch(() => undefined);
    })();
    await flush(60_000);
    const events = (await project.events()).filter(({ name }) => name !== 'request');
    expect((await rows()).get('add')).toMatchObject({
      type: 'TOOL',
      input: { a: 1, b: 2 },
      output: { role: 'tool', content: '3', tool_call_id: 'call-9', name: 'add' },
      meta: { tool_call_id: 'call-9' },
    });
    const found = events.filter(({ type }) => type === 'RETRIEVER');
    expect(found).toMatchObject([
      { input: 'Bern', output: [{ id: 'd1', page_content: 'about Bern', metadata: { page: 3 } }] },
      { input: 'nowhere', level: 'ERROR', status_message: 'index is away' },
    ]);
  });
});

describe('the handler itself', () => {
  test('is accepted by LangChain as it is', () => {
    const handler: Partial<BaseCallbackHandler> = new SwisperStudioHandler();
    expect(handler).toMatchObject({ name: 'swisper_studio_handler', awaitHandlers: true, raiseError: false });
  });

  test('never throws, whatever it is told', () => {
    const handler = new SwisperStudioHandler();
    const odd = new Proxy(
      {},
      {
        get: () => {
          throw new Error('do not look');
        },
      },
    );
    for (const value of [undefined, null, 7, 'text', [], [[undefined]], odd]) {
      const id = `run-${typeof value}`;
      expect(() => {
        handler.handleChatModelStart(value, value, id);
        handler.handleLLMNewToken('x', value, id, undefined, undefined, value);
        handler.handleLLMEnd(value, id);
        handler.handleLLMStart(value, value, id);
        handler.handleLLMError(value, id);
        handler.handleChainStart(value, value, id);
        handler.handleChainEnd(value, id);
        handler.handleToolStart(value, '{broken', id);
        handler.handleToolEnd(value, id);
        handler.handleRetrieverStart(value, '', id);
        handler.handleRetrieverEnd(value, id);
        handler.handleChainEnd(value, 'never begun');
      }).not.toThrow();
    }
    expect(sdkState().langChainRuns?.size).toBe(0);
  });

  test('gives up runs whose end never comes when too many are open, and says so', async () => {
    const handler = new SwisperStudioHandler();
    await traced('request', async () => {
      for (let i = 0; i <= 10_000; i += 1) {
        handler.handleToolStart({ name: `left-${String(i)}` }, '', `run-${String(i)}`);
        if (i % 500 === 0) await flush(60_000);
      }
    })();
    expect(sdkState().langChainRuns?.size).toBe(10_000);
    expect(handler.givenUpRuns).toBe(1);
    const seen = await rows();
    expect(seen.get('left-0')).toMatchObject({ status: 'incomplete', level: 'WARNING' });
    expect(seen.get('left-1')?.['end_time']).toBeUndefined();
    for (let i = 0; i <= 10_000; i += 1) handler.handleToolEnd('', `run-${String(i)}`);
    expect(sdkState().langChainRuns?.size).toBe(0);
  });
});
