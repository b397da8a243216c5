import { beforeEach, describe, expect, test } from '@jest/globals';
import OpenAI, { APIError, AzureOpenAI } from 'openai';
import { zodResponseFormat } from 'openai/helpers/zod';
import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { z } from 'zod';
import { flush, shutdown, traced } from '../../src/index.ts';
import { observeOpenAI } from '../../src/openai/index.ts';
import { messages, tools, usage, useObservedOpenAI } from '../use-observed-openai.ts';

const run = promisify(execFile);
const { server, project, newClient, observations, traceEnds } = useObservedOpenAI();

let plain: OpenAI;
let openai: OpenAI;
beforeEach(() => {
  plain = newClient();
  openai = observeOpenAI(plain);
});

describe('a chat completion', () => {
  test('is a generation with model, parameters, tokens and answer, and a trace of its own', async () => {
    const own = observeOpenAI(plain, {
      traceName: 'geography',
      userId: 'anna',
      sessionId: 's1',
      tags: ['eu'],
    });
    const answer = await own.chat.completions.create({ model: 'gpt-4o', messages, temperature: 0 });
    expect(answer.choices[0]?.message.content).toBe('Zurich');
    expect(await observations()).toMatchObject([
      {
        name: 'openai.chat.completions',
        type: 'GENERATION',
        status: 'ok',
        model: 'gpt-4o-2026-01-01',
        model_parameters: { temperature: 0 },
        input: messages,
        output: { role: 'assistant', content: 'Zurich' },
        usage,
        meta: { requested_model: 'gpt-4o', finish_reason: 'stop' },
      },
    ]);
    const [start] = await project.events();
    expect(start).toMatchObject({ name: 'geography', user_id: 'anna', session_id: 's1', tags: ['eu'] });
    expect(await traceEnds()).toMatchObject([{ status: 'ok', output: { content: 'Zurich' } }]);
  });

  test('is below the traced code that asks, with the tools it was offered and those it calls', async () => {
    await traced('request', () => openai.chat.completions.create({ model: 'tools', messages, tools }))();
    const [request, generation] = await observations();
    expect(generation).toMatchObject({
      parent_observation_id: request?.['observation_id'],
      output: {
        tool_calls: [{ id: 'call-1', function: { name: 'get_weather', arguments: '{"city":"Bern"}' } }],
      },
      meta: { tools, finish_reason: 'tool_calls' },
    });
    expect(await traceEnds()).toHaveLength(1);
  });

  test('without usage, and with several choices, is told as it came', async () => {
    await openai.chat.completions.create({ model: 'bare', messages, n: 2 });
    const [generation] = await observations();
    expect(generation?.['usage']).toBeUndefined();
    expect(generation).toMatchObject({ output: [{ content: 'Zurich' }, { content: 'Zurich' }] });
  });

  test('that is retried is one observation', async () => {
    await openai.chat.completions.create({ model: 'busy', messages });
    expect(server.requests).toHaveLength(2);
    expect(await observations()).toMatchObject([{ status: 'ok', output: { content: 'Zurich' } }]);
  });

  test('that fails is an error, thrown on as it was', async () => {
    const expected: unknown = await plain.chat.completions
      .create({ model: 'wrong', messages })
      .catch((error: unknown) => error);
    const thrown: unknown = await openai.chat.completions
      .create({ model: 'wrong', messages })
      .catch((error: unknown) => error);
    expect(thrown).toBeInstanceOf(APIError);
    expect(thrown).toEqual(expected);
    expect(await observations()).toMatchObject([
      { level: 'ERROR', status_message: '400 no such model', model: 'wrong' },
    ]);
    expect(await traceEnds()).toMatchObject([{ status: 'error' }]);
  });

  test('nobody waits for that fails is reported by Node as without observation, and no other is', async () => {
    const src = pathToFileURL(resolve(import.meta.dirname, '../../src')).href;
    const source = `
      import OpenAI from 'openai';
      import { initializeTracing } from '${src}/index.ts';
      import { observeOpenAI } from '${src}/openai/index.ts';
      const unhandled = [];
      process.on('unhandledRejection', (error) => void unhandled.push(error.status));
      process.on('exit', () => console.log(JSON.stringify(unhandled)));
      initializeTracing({ logger: { info() {}, warn() {}, error() {} } });
      const openai = observeOpenAI(new OpenAI({ apiKey: 'k', baseURL: '${server.baseURL}' }));
      const body = { model: 'wrong', messages: [] };
      const ask = () => openai.chat.completions.create(body);
      const handled = [ask(), ask().asResponse(), ask().withResponse(), openai.chat.completions.parse(body),
        openai.chat.completions.stream(body).done(), openai.responses.parse(body)];
      await Promise.all(handled.map((promise) => promise.catch(() => undefined)));
      void ask();
      void openai.chat.completions.parse(body);`;
    const { stdout } = await run(process.execPath, ['--input-type=module', '-e', source], {
      env: {
        PATH: process.env['PATH'],
        SWISPER_STUDIO_REDIS_URL: process.env['SWISPER_TEST_REDIS_URL'],
        SWISPER_STUDIO_PROJECT_ID: project.projectId,
        SWISPER_STUDIO_STREAM_NAME: project.streamName,
        SWISPER_STUDIO_API_KEY: project.apiKey,
      },
      timeout: 300_000,
    });
    expect(JSON.parse(stdout)).toEqual([400, 400]);
    const errors = (await project.events()).filter(({ level }) => level === 'ERROR');
    expect(errors.filter(({ event_type }) => event_type === 'trace_end')).toHaveLength(6);
  });

  test('can be asked for its response, alone or with its data', async () => {
    const { data, response, request_id } = await openai.chat.completions
      .create({ model: 'gpt-4o', messages })
      .withResponse();
    expect([data.choices[0]?.message.content, response.status, request_id]).toEqual(['Zurich', 200, 'req-7']);
    const raw = await openai.chat.completions.create({ model: 'gpt-4o', messages }).asResponse();
    expect(await raw.json()).toMatchObject({ choices: [{ message: { content: 'Zurich' } }] });
    await flush(60_000);
    const ends = (await project.events()).filter(
      ({ output, status }) => status !== undefined && output !== null,
    );
    expect(ends.filter(({ event_type }) => event_type === 'observation')).toMatchObject([
      { output: { content: 'Zurich' }, usage },
      { status: 'ok', meta: { raw_response: true, http_status: 200 } },
    ]);
  });
});

describe('helpers of the client', () => {
  const City = z.object({ city: z.string() });

  test('parse, and are observed once', async () => {
    const parsed = await openai.chat.completions.parse({
      model: 'json',
      messages,
      response_format: zodResponseFormat(City, 'city'),
    });
    expect(parsed.choices[0]?.message.parsed).toEqual({ city: 'Zurich' });
    expect(await observations()).toMatchObject([
      {
        output: { content: '{"city":"Zurich"}' },
        model_parameters: { response_format: { type: 'json_schema' } },
      },
    ]);
    expect(await traceEnds()).toHaveLength(1);
  });

  test('stream, and are observed once', async () => {
    const runner = openai.chat.completions.stream({ model: 'gpt-4o', messages });
    const deltas: string[] = [];
    runner.on('content', (delta) => deltas.push(delta));
    const final = await runner.finalChatCompletion();
    expect([deltas.join(''), final.choices[0]?.message.content]).toEqual(['Zurich', 'Zurich']);
    const seen = await observations();
    expect(seen).toMatchObject([{ status: 'ok', output: { content: 'Zurich' } }]);
    expect(seen[0]?.['completion_start_time']).toBeDefined();
    expect(await traceEnds()).toHaveLength(1);
  });

  test('run tools, each request of which is observed', async () => {
    const weather = { city: '' };
    const runner = openai.chat.completions.runTools({
      model: 'tools',
      messages,
      tools: [
        {
          type: 'function',
          function: {
            name: 'get_weather',
            description: 'weather',
            parameters: { type: 'object', properties: {} },
            parse: JSON.parse,
            function: (asked: { city: string }) => {
              weather.city = asked.city;
              return 'sunny';
            },
          },
        },
      ],
    });
    expect(await runner.finalContent()).toBe('Zurich');
    expect(weather.city).toBe('Bern');
    expect(await traceEnds()).toHaveLength(2);
  });
});

describe('other methods', () => {
  test('embed, told without the vectors', async () => {
    const { data } = await openai.embeddings.create({ model: 'embed-1', input: ['a', 'b'] });
    expect(data[1]?.embedding).toEqual([0.25, 0.5, 0.75, 1]);
    expect(await observations()).toMatchObject([
      {
        name: 'openai.embeddings',
        type: 'EMBEDDING',
        model: 'embed-1',
        input: ['a', 'b'],
        output: { vectors: 2, dimensions: 4 },
        usage: { input: 8, total: 8 },
      },
    ]);
  });

  test('complete texts', async () => {
    await openai.completions.create({ model: 'davinci', prompt: 'Largest city?', max_tokens: 3 });
    expect(await observations()).toMatchObject([
      {
        name: 'openai.completions',
        input: 'Largest city?',
        output: 'Zurich',
        usage: { input: 3, output: 1 },
      },
    ]);
  });

  test('that are not known pass through, and the client is what it was', async () => {
    const models = await openai.models.list();
    expect(models.data[0]?.id).toBe('gpt-4o');
    expect(openai).toBeInstanceOf(OpenAI);
    expect(openai.chat.completions).toBe(openai.chat.completions);
    expect(openai.chat.completions.create).toBe(openai.chat.completions.create);
    expect(openai.baseURL).toBe(plain.baseURL);
    openai.maxRetries = 0;
    expect(plain.maxRetries).toBe(0);
    expect(await openai.get('/models')).toMatchObject({ object: 'list' });
    expect(observeOpenAI(openai)).toBe(openai);
    await flush(60_000);
    expect(await project.events()).toEqual([]);
  });

  test('of copies with other options are observed as well, as are those of Azure', async () => {
    await openai.withOptions({ maxRetries: 1 }).chat.completions.create({ model: 'gpt-4o', messages });
    const azure = observeOpenAI(
      new AzureOpenAI({ apiKey: 'k', apiVersion: '2025-01-01', baseURL: server.baseURL }),
    );
    await azure.chat.completions.create({ model: 'gpt-4o', messages });
    expect(await traceEnds()).toHaveLength(2);
  });

  test('run as before while nothing is initialised', async () => {
    await shutdown(60_000);
    const answer = await openai.chat.completions.create({ model: 'gpt-4o', messages });
    expect(answer.choices[0]?.message.content).toBe('Zurich');
  });
});
