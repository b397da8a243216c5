import { beforeEach, describe, expect, test } from '@jest/globals';
import OpenAI from 'openai';
import { flush } from '../../src/index.ts';
import { observeOpenAI } from '../../src/openai/index.ts';
import { waitUntil } from '../observed-project.ts';
import { messages, tools, usage, useObservedOpenAI } from '../use-observed-openai.ts';

const { server, project, newClient, observations, traceEnds } = useObservedOpenAI();

let openai: OpenAI;
beforeEach(() => void (openai = observeOpenAI(newClient())));

describe('a streamed chat completion', () => {
  const read = async (stream: AsyncIterable<OpenAI.ChatCompletionChunk>): Promise<string> => {
    let text = '';
    for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? '';
    return text;
  };

  test('is put together, with the tokens where they were asked for and the time of the first', async () => {
    const stream = await openai.chat.completions.create({
      model: 'gpt-4o',
      messages,
      stream: true,
      stream_options: { include_usage: true },
    });
    expect(await read(stream)).toBe('Zurich');
    const [generation] = await observations();
    expect(generation).toMatchObject({
      output: { role: 'assistant', content: 'Zurich' },
      model: 'gpt-4o-2026-01-01',
      usage,
      status: 'ok',
      meta: { finish_reason: 'stop' },
    });
    const times = ['start_time', 'completion_start_time', 'end_time'].map((key) => String(generation?.[key]));
    expect([...times].sort()).toEqual(times);
    expect(new Set(times).size).toBe(3);
  });

  test('has its tool calls whole, and no tokens where none were told', async () => {
    await read(await openai.chat.completions.create({ model: 'tools', messages, tools, stream: true }));
    const [generation] = await observations();
    expect(generation).toMatchObject({
      output: {
        role: 'assistant',
        tool_calls: [
          { id: 'call-1', type: 'function', function: { name: 'get_weather', arguments: '{"city":"Bern"}' } },
        ],
      },
      meta: { finish_reason: 'tool_calls' },
    });
    expect(generation?.['usage']).toBeUndefined();
    expect(generation?.['completion_start_time']).toBeDefined();
  });

  test('that is left early is incomplete with what had come, and its request ends', async () => {
    const stream = await openai.chat.completions.create({ model: 'endless', messages, stream: true });
    let text = '';
    for await (const chunk of stream) {
      text += chunk.choices[0]?.delta.content ?? '';
      if (text.startsWith('Zurich')) break;
    }
    await waitUntil(() => server.openStreams === 0);
    expect(await observations()).toMatchObject([
      {
        status: 'incomplete',
        status_message: 'the stream was left before its end',
        output: { content: text },
      },
    ]);
  });

  test('that is aborted is incomplete with what had come', async () => {
    const stream = await openai.chat.completions.create({ model: 'endless', messages, stream: true });
    for await (const chunk of stream) if (chunk.choices[0]?.delta.content === '.') stream.controller.abort();
    const [generation] = await observations();
    expect(generation).toMatchObject({ status: 'incomplete', status_message: 'the stream was aborted' });
    expect(JSON.stringify(generation?.['output'])).toContain('Zurich');
  });

  test('that breaks off is an error with what had come', async () => {
    const stream = await openai.chat.completions.create({ model: 'broken', messages, stream: true });
    await expect(read(stream)).rejects.toThrow('overloaded');
    expect(await observations()).toMatchObject([
      { level: 'ERROR', status_message: 'overloaded', output: { content: 'Zurich' } },
    ]);
  });

  test('can be split and piped', async () => {
    const create = () => openai.chat.completions.create({ model: 'gpt-4o', messages, stream: true });
    const [left, right] = (await create()).tee();
    expect(await Promise.all([read(left), read(right)])).toEqual(['Zurich', 'Zurich']);
    const lines = await new Response((await create()).toReadableStream()).text();
    expect(lines).toContain('"content":"rich"');
    const seen = await observations();
    expect(seen).toMatchObject([{ status: 'ok', output: { content: 'Zurich' } }]);
    expect(await traceEnds()).toHaveLength(2);
  });
});

describe('the Responses API', () => {
  test('is told whole', async () => {
    const response = await openai.responses.create({
      model: 'gpt-4o',
      instructions: 'Be short.',
      input: 'Largest city?',
      max_output_tokens: 20,
    });
    expect(response.output_text).toBe('Zurich');
    expect(await observations()).toMatchObject([
      {
        name: 'openai.responses',
        type: 'GENERATION',
        model: 'gpt-4o-2026-01-01',
        input: { instructions: 'Be short.', input: 'Largest city?' },
        output: [{ type: 'message', content: [{ text: 'Zurich' }] }],
        model_parameters: { max_output_tokens: 20 },
        usage,
      },
    ]);
  });

  test('is told whole as a stream, plain or by the helper', async () => {
    const stream = await openai.responses.create({ model: 'gpt-4o', input: 'x', stream: true });
    const types: string[] = [];
    for await (const event of stream) types.push(event.type);
    expect(types.at(-1)).toBe('response.completed');
    const [generation] = await observations();
    expect(generation).toMatchObject({ output: [{ content: [{ text: 'Zurich' }] }], usage, status: 'ok' });
    expect(generation?.['completion_start_time']).toBeDefined();
    const final = await openai.responses.stream({ model: 'gpt-4o', input: 'x' }).finalResponse();
    expect(final.output_text).toBe('Zurich');
    expect(await traceEnds()).toHaveLength(2);
  });

  test('that is left early has the text that had come', async () => {
    const stream = await openai.responses.create({ model: 'gpt-4o', input: 'x', stream: true });
    for await (const event of stream) if (event.type === 'response.output_text.delta') break;
    expect(await observations()).toMatchObject([{ status: 'incomplete', output: 'Zu' }]);
  });

  test('that fails is an error, though nothing is thrown', async () => {
    expect((await openai.responses.create({ model: 'failed', input: 'x' })).status).toBe('failed');
    for await (const _event of await openai.responses.create({ model: 'failed', input: 'x', stream: true }));
    await flush(60_000);
    const seen = (await project.events()).filter(({ error }) => error !== undefined);
    expect(seen).toMatchObject([
      { level: 'ERROR', status_message: 'the model fell over' },
      { level: 'ERROR', status_message: 'the model fell over' },
    ]);
  });

  test('parses', async () => {
    const { output_parsed } = await openai.responses.parse({
      model: 'json',
      input: 'x',
      text: { format: { type: 'json_schema', name: 'city', schema: {}, strict: true } },
    });
    expect(output_parsed).toEqual({ city: 'Zurich' });
    expect(await traceEnds()).toHaveLength(1);
  });
});

describe('a client of another make', () => {
  test('with plain promises and plain streams is observed as well', async () => {
    async function* chunks() {
      yield await Promise.resolve({ choices: [{ delta: { content: 'Ber' } }] });
      yield { choices: [{ delta: { content: 'n' }, finish_reason: 'stop' }], usage: { prompt_tokens: 3 } };
    }
    const create = (body: { stream?: boolean; fails?: boolean }) =>
      body.fails === true ? Promise.reject(new Error('away')) : Promise.resolve(chunks());
    const client = observeOpenAI({ chat: { completions: { create } }, other: () => 7 });
    let text = '';
    for await (const chunk of await client.chat.completions.create({ stream: true }))
      text += chunk.choices[0]?.delta.content ?? '';
    await expect(client.chat.completions.create({ fails: true })).rejects.toThrow('away');
    expect([text, client.other()]).toEqual(['Bern', 7]);
    await flush(60_000);
    const seen = (await project.events()).filter(({ observation_id: id }) => id !== undefined);
    expect(seen).toMatchObject([
      { output: { role: 'assistant', content: 'Bern' }, usage: { input: 3, total: 3 } },
      { level: 'ERROR', status_message: 'away' },
    ]);
  });
});
