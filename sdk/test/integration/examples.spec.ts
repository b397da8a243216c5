import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { transformFile } from '@swc/core';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { freePort } from '../../../server/tools/free-port.ts';
import { BuiltPackage } from '../built-package.ts';
import { ObservedProject, waitUntil } from '../observed-project.ts';
import { OpenAiServer } from '../openai-server.ts';

const EXAMPLES = resolve(import.meta.dirname, '../../examples');
const server = new OpenAiServer();
let built: BuiltPackage;
beforeAll(async () => {
  await server.start();
  built = await BuiltPackage.build();
});
afterAll(async () => {
  await server.stop();
  built.remove();
});

let project: ObservedProject;
let env: Record<string, string>;
beforeEach(() => {
  project = new ObservedProject(process.env['SWISPER_TEST_REDIS_URL'] ?? '');
  env = {
    SWISPER_STUDIO_REDIS_URL: process.env['SWISPER_TEST_REDIS_URL'] ?? '',
    SWISPER_STUDIO_PROJECT_ID: project.projectId,
    SWISPER_STUDIO_STREAM_NAME: project.streamName,
    SWISPER_STUDIO_API_KEY: project.apiKey,
    OPENAI_API_KEY: 'sk-test',
    OPENAI_BASE_URL: server.baseURL,
  };
});
let child: ChildProcess | undefined;
afterEach(() => {
  child?.kill('SIGKILL');
  child = undefined;
  project.close();
});

/** An example as JavaScript, which also knows decorators. */
async function compiled(name: string): Promise<string> {
  const { code } = await transformFile(join(EXAMPLES, `${name}.ts`), {
    jsc: {
      target: 'es2024',
      parser: { syntax: 'typescript', decorators: true },
      transform: { legacyDecorator: true, decoratorMetadata: true },
    },
    module: { type: 'es6' },
  });
  return code;
}
const runExample = async (name: string): Promise<string> =>
  built.run(`${name}.js`, await compiled(name), env);

/** Names with those of their parents, in the order they began. */
const tree = async (): Promise<string[]> => {
  const begun = (await project.events()).filter(
    ({ name, event_type }) => name !== undefined && event_type !== 'graph',
  );
  const names = new Map(begun.map(({ observation_id: id, name }) => [id, String(name)]));
  return begun.map(({ event_type, name, type, parent_observation_id: parent }) =>
    event_type === 'trace_start'
      ? `trace ${String(name)}`
      : `${names.get(parent ?? '') ?? '-'} > ${String(type)} ${String(name)}`,
  );
};
const traceOf = async () =>
  Object.assign(
    {},
    ...(await project.events()).filter(({ observation_id: id }) => id === undefined),
  ) as Record<string, unknown>;

describe('the example', () => {
  test('plain-functions', async () => {
    expect(await runExample('plain-functions')).toContain('2 pages found');
    expect(await tree()).toEqual([
      'trace answer',
      '- > SPAN answer',
      'answer > RETRIEVER search',
      'answer > GENERATION summarise',
    ]);
    expect(await traceOf()).toMatchObject({ user_id: 'anna', tags: ['example'], status: 'ok' });
  });

  test('openai', async () => {
    expect(await runExample('openai')).toContain('Zurich');
    expect(await tree()).toEqual([
      'trace capital_of',
      '- > SPAN capital_of',
      'capital_of > GENERATION openai.chat.completions',
      'trace openai.chat.completions',
      '- > GENERATION openai.chat.completions',
    ]);
    const told = (await project.events()).filter(({ usage }) => usage !== undefined);
    expect(told.map(({ usage }) => usage)).toMatchObject([{ total: 150 }, { total: 150 }]);
  });

  test('langgraph', async () => {
    expect(await runExample('langgraph')).toContain('Zurich');
    expect(await tree()).toEqual([
      'trace assistant',
      '- > CHAIN classify',
      '- > CHAIN reply',
      'reply > GENERATION openai.chat.completions',
    ]);
    expect(await traceOf()).toMatchObject({ user_id: 'anna', session_id: 'chat-1', status: 'ok' });
  });

  test('langchain', async () => {
    expect(await runExample('langchain')).toContain('Bern');
    expect(await tree()).toEqual([
      'trace capital_of',
      '- > CHAIN capital_of',
      'capital_of > CHAIN ChatPromptTemplate',
      'capital_of > GENERATION FakeListChatModel',
      'capital_of > CHAIN StrOutputParser',
    ]);
    expect(await traceOf()).toMatchObject({ user_id: 'anna', session_id: 'chat-1', tags: ['example'] });
  });

  test('serverless, in a process that is gone as soon as it has answered', async () => {
    const source = await compiled('serverless');
    expect(source).toContain('flush(1000)');
    // A cold start on a busy machine takes more than the second that the example gives it.
    writeFileSync(join(built.folder, 'serverless.js'), source.replace('flush(1000)', 'flush(60_000)'));
    const runner = `import { handler } from './serverless.js';
      const { body } = await handler({ question: 'why?' });
      process.stdout.write(body, () => process.kill(process.pid, 'SIGKILL'));`;
    await expect(built.run('runner.js', runner, env)).rejects.toMatchObject({
      signal: 'SIGKILL',
      stdout: expect.stringContaining('You asked: why?') as unknown,
    });
    expect(await tree()).toEqual(['trace answer', '- > SPAN answer']);
    expect(await traceOf()).toMatchObject({ status: 'ok' });
  });

  test.each([
    ['http-server', 'why?', ['trace POST /ask', '- > SPAN answer']],
    [
      'nest',
      JSON.stringify({ question: 'why?' }),
      ['trace answer', '- > SPAN answer', 'answer > RETRIEVER search'],
    ],
  ])('%s, which sends the last events when it is told to stop', async (name, body, seen) => {
    writeFileSync(join(built.folder, `${name}.js`), await compiled(name));
    const port = await freePort();
    const program = spawn(process.execPath, [`${name}.js`], {
      cwd: built.folder,
      env: { PATH: process.env['PATH'], PORT: String(port), ...env },
    });
    child = program;
    let said = '';
    for (const stream of [program.stdout, program.stderr])
      stream.on('data', (chunk: Buffer) => (said += chunk.toString()));
    await waitUntil(() => {
      if (program.exitCode !== null) throw new Error(said);
      // The end may take five seconds: connecting is not part of them.
      return said.includes('listening') && said.includes('Redis publisher connected');
    });
    const answer = await fetch(`http://127.0.0.1:${String(port)}/ask`, {
      method: 'POST',
      headers: { 'content-type': name === 'nest' ? 'application/json' : 'text/plain', 'x-user': 'anna' },
      body,
    });
    expect(await answer.text()).toContain('why?');
    const gone = once(program, 'exit');
    program.kill('SIGTERM');
    await gone;
    expect(await tree()).toEqual(seen);
    expect(await traceOf()).toMatchObject({ user_id: 'anna', status: 'ok' });
  });

  test('is one of these, or the sample agent', () => {
    const files = readdirSync(EXAMPLES).filter((file) => !file.startsWith('sample-'));
    expect(files.sort()).toEqual(
      ['http-server', 'langchain', 'langgraph', 'nest', 'openai', 'plain-functions', 'serverless'].map(
        (name) => `${name}.ts`,
      ),
    );
  });
});
