import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { BuiltPackage } from '../built-package.ts';
import { ObservedProject } from '../observed-project.ts';

let built: BuiltPackage;
beforeAll(async () => {
  built = await BuiltPackage.build();
});
afterAll(() => built.remove());

const program = (file: string, source: string, env: Record<string, string> = {}): Promise<string> =>
  built.run(file, source, env);

test('a program that froze its globals runs, and is traced', async () => {
  const output = await program(
    'frozen-globals.mjs',
    `Object.freeze(globalThis);
     const { flush, getCurrentTraceId, initializeTracing, shutdown, traced } = await import('swisper-studio');
     initializeTracing({ logger: { info() {}, warn() {}, error() {} }, redisUrl: 'redis://127.0.0.1:1' });
     const id = traced('f', () => getCurrentTraceId())();
     await flush(1);
     await shutdown(1);
     console.log(typeof id);`,
    { SWISPER_STUDIO_PROJECT_ID: '0d7aa606-cb29-4a31-8a59-50fa61151a32' },
  );
  expect(output.trim()).toBe('string');
});

describe('the ESM and the CommonJS build in one process', () => {
  test('are one implementation with one state, one buffer and one context', async () => {
    const project = new ObservedProject(process.env['SWISPER_TEST_REDIS_URL'] ?? '');
    const output = await program(
      'both.mjs',
      `import { createRequire } from 'node:module';
       import * as esm from 'swisper-studio';
       const cjs = createRequire(import.meta.url)('swisper-studio');
       esm.initializeTracing({ logger: { info() {}, warn() {}, error() {} } });
       const inner = cjs.traced('from cjs', () => cjs.getCurrentTraceId());
       const ids = esm.traced('from esm', () => [esm.getCurrentTraceId(), inner()])();
       await cjs.shutdown(60_000);
       console.log(JSON.stringify({ same: Object.keys(cjs).every((name) => cjs[name] === esm[name]), ids, names: Object.keys(esm).sort() }));`,
      {
        SWISPER_STUDIO_REDIS_URL: process.env['SWISPER_TEST_REDIS_URL'] ?? '',
        SWISPER_STUDIO_PROJECT_ID: project.projectId,
        SWISPER_STUDIO_STREAM_NAME: project.streamName,
        SWISPER_STUDIO_API_KEY: project.apiKey,
      },
    );
    const { same, ids, names } = JSON.parse(output) as { same: boolean; ids: string[]; names: string[] };
    expect(same).toBe(true);
    expect(ids[0]).toBe(ids[1]);
    expect(names).toEqual(
      expect.arrayContaining([
        'Traced',
        'createTracedGraph',
        'flush',
        'getCurrentTraceId',
        'initializeRedisPublisher',
        'initializeTracing',
        'publishEvent',
        'shutdown',
        'traced',
        'updateCurrentObservation',
      ]),
    );
    const events = await project.events();
    expect(events.map(({ name }) => name)).toEqual(['from esm', 'from esm', 'from cjs', undefined]);
    expect(new Set(events.map(({ trace_id }) => trace_id))).toEqual(new Set([ids[0]]));
    project.close();
  });

  test('share their state even when two copies of the package are loaded', async () => {
    const output = await program(
      'copies.cjs',
      `const { readFileSync, writeFileSync } = require('node:fs');
       const file = require.resolve('swisper-studio');
       writeFileSync(file.replace('index.cjs', 'copy.cjs'), readFileSync(file));
       const one = require('swisper-studio');
       const two = require(file.replace('index.cjs', 'copy.cjs'));
       one.initializeTracing({ projectId: '0d7aa606-cb29-4a31-8a59-50fa61151a32', redisUrl: 'redis://127.0.0.1:9', logger: { info() {}, warn() {}, error() {} } });
       const ids = one.traced('a', () => [one.getCurrentTraceId(), two.getCurrentTraceId(), two.traced('b', () => two.getCurrentTraceId())()])();
       console.log(one !== two && one.traced !== two.traced, new Set(ids).size, typeof ids[0]);
       one.shutdown(100);`,
    );
    expect(output).toBe('true 1 string');
  });

  test('share it with the doors to LangChain and OpenAI, which load neither', async () => {
    const project = new ObservedProject(process.env['SWISPER_TEST_REDIS_URL'] ?? '');
    const output = await program(
      'doors.mjs',
      `import { createRequire } from 'node:module';
       import * as sdk from 'swisper-studio';
       import * as langchain from 'swisper-studio/langchain';
       import * as openai from 'swisper-studio/openai';
       const require = createRequire(import.meta.url);
       const other = { ...require('swisper-studio/langchain'), ...require('swisper-studio/openai') };
       sdk.initializeTracing({ logger: { info() {}, warn() {}, error() {} } });
       const client = (observe) => observe({ embeddings: { create: async () => ({ data: [] }) } });
       await sdk.traced('outer', async () => {
         for (const { SwisperStudioHandler, observeOpenAI } of [{ ...langchain, ...openai }, other]) {
           const handler = new SwisperStudioHandler();
           handler.handleToolStart({ name: 'tool' }, '', 'run');
           handler.handleToolEnd('', 'run');
           await client(observeOpenAI).embeddings.create({});
         }
       })();
       await sdk.shutdown(60_000);
       const loaded = Object.keys(require.cache).filter((file) => /node_modules\\/(@langchain|openai|langsmith)/.test(file));
       console.log(JSON.stringify({ loaded, same: other.SwisperStudioHandler === langchain.SwisperStudioHandler }));`,
      {
        SWISPER_STUDIO_REDIS_URL: process.env['SWISPER_TEST_REDIS_URL'] ?? '',
        SWISPER_STUDIO_PROJECT_ID: project.projectId,
        SWISPER_STUDIO_STREAM_NAME: project.streamName,
        SWISPER_STUDIO_API_KEY: project.apiKey,
      },
    );
    expect(JSON.parse(output)).toEqual({ loaded: [], same: true });
    const [, outer, ...inner] = (await project.events()).filter(({ name }) => name !== undefined);
    expect(inner.map(({ name }) => name)).toEqual(['tool', 'openai.embeddings', 'tool', 'openai.embeddings']);
    for (const { parent_observation_id: parent } of inner) expect(parent).toBe(outer?.['observation_id']);
    project.close();
  });

  test('contract exports the same names in both', async () => {
    const output = await program(
      'contract.mjs',
      `import { createRequire } from 'node:module';
       import * as esm from 'swisper-studio/contract';
       const cjs = createRequire(import.meta.url)('swisper-studio/contract');
       console.log(Object.keys(cjs).every((name) => cjs[name] === esm[name]), Object.keys(cjs).length > 40);`,
    );
    expect(output).toBe('true true');
  });
});

describe('a process', () => {
  const environment = (project: ObservedProject, redisUrl = process.env['SWISPER_TEST_REDIS_URL'] ?? '') => ({
    SWISPER_STUDIO_REDIS_URL: redisUrl,
    SWISPER_STUDIO_PROJECT_ID: project.projectId,
    SWISPER_STUDIO_STREAM_NAME: project.streamName,
    SWISPER_STUDIO_API_KEY: project.apiKey,
  });
  const source = (end: string, beforehand = ''): string => `
    import { flush, initializeTracing, traced } from 'swisper-studio';
    initializeTracing();
    ${beforehand}
    traced('only', () => 1)();
    ${end}`;
  // The two seconds that an end may take do not have to suffice for connecting as well.
  const connect = `traced('first', () => 1)(); await flush(60_000);`;

  test('that simply ends sends what it recorded, and keeps its exit code', async () => {
    const project = new ObservedProject(process.env['SWISPER_TEST_REDIS_URL'] ?? '');
    await expect(
      program('ends.mjs', source('process.exitCode = 3;', connect), environment(project)),
    ).rejects.toMatchObject({ code: 3 });
    expect(await project.events()).toHaveLength(6);
    project.close();
  });

  test('that is terminated sends what it recorded, and dies by the signal', async () => {
    const project = new ObservedProject(process.env['SWISPER_TEST_REDIS_URL'] ?? '');
    const end = `setInterval(() => {}, 1000); setTimeout(() => process.kill(process.pid, 'SIGTERM'), 0);`;
    await expect(program('terminated.mjs', source(end, connect), environment(project))).rejects.toMatchObject(
      {
        signal: 'SIGTERM',
      },
    );
    expect(await project.events()).toHaveLength(6);
    project.close();
  });

  // Without an end of its own it would run into jest's time-out.
  const away = `{ projectId: '0d7aa606-cb29-4a31-8a59-50fa61151a32', redisUrl: 'redis://127.0.0.1:9', logger: { info() {}, warn() {}, error() {} } }`;
  const terminate = `setTimeout(() => { console.log('survived'); process.exit(); }, 20_000);
    setTimeout(() => process.kill(process.pid, 'SIGTERM'), 100);`;

  test.each([
    [
      'while a configuration is being replaced',
      `one.initializeTracing(${away}); one.traced('a', () => 1)();`,
    ],
    ['after another copy of the package took over', `require(copy).initializeTracing(${away});`],
    ['during a shutdown with more time', `void one.shutdown(20_000);`],
  ])('that is terminated %s dies by the signal', async (_when, meanwhile) => {
    const start = `const { readFileSync, writeFileSync } = require('node:fs');
       const file = require.resolve('swisper-studio');
       const copy = file.replace('index.cjs', 'copy.cjs');
       writeFileSync(copy, readFileSync(file));
       const one = require('swisper-studio');
       one.initializeTracing(${away});
       one.traced('a', () => 1)();`;
    await expect(program('dies.cjs', `${start}\n${meanwhile}\n${terminate}`)).rejects.toMatchObject({
      signal: 'SIGTERM',
    });
  });

  test('ends by itself with Redis away', async () => {
    const project = new ObservedProject(process.env['SWISPER_TEST_REDIS_URL'] ?? '');
    await program('away.mjs', source(''), environment(project, 'redis://127.0.0.1:9'));
    project.close();
  });

  test.each(['on', 'once'])('that handles SIGTERM itself (%s) decides about its end', async (method) => {
    const project = new ObservedProject(process.env['SWISPER_TEST_REDIS_URL'] ?? '');
    const handler = `process.${method}('SIGTERM', () => setTimeout(() => { console.log('own end'); clearInterval(timer); }, 300));`;
    const before = `const timer = setInterval(() => {}, 1000); ${handler}`;
    const end = `setTimeout(() => process.kill(process.pid, 'SIGTERM'), 0);`;
    const output = await program(`handles-${method}.mjs`, `${before}${source(end)}`, environment(project));
    expect(output).toContain('own end');
    expect(await project.events()).toHaveLength(3);
    project.close();
  });
});
