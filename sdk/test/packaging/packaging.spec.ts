import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BlankProject, WORKSPACE } from './blank-project.ts';
import { type NodeVersion, nodeVersions } from './node-versions.ts';

const project = new BlankProject();
let nodes: NodeVersion[];

beforeAll(async () => {
  nodes = await nodeVersions(join(WORKSPACE, 'node_modules/.cache/node-versions'));
  await project.install();
}, 1_200_000);
afterAll(() => project.remove());

/** Runs a program on every Node version; what it prints must be the same. */
async function everywhere(file: string, source: string, ...args: string[]): Promise<string> {
  project.write(file, source);
  const outputs = new Set<string>();
  for (const { program, version } of nodes) {
    const { code, output } = await project.run(program, file, ...args);
    if (code !== 0) throw new Error(`${file} on Node ${version} ended with ${String(code)}:\n${output}`);
    outputs.add(output.trim());
  }
  expect([...outputs]).toHaveLength(1);
  return [...outputs][0] ?? '';
}

const silent = 'const logger = { info() {}, warn() {}, error() {} };';
const away = `projectId: '0d7aa606-cb29-4a31-8a59-50fa61151a32', redisUrl: 'redis://127.0.0.1:9', logger`;

describe('the package', () => {
  test('holds what programs load, a README and the licence, and nothing else', () => {
    const outside = project.files.filter((path) => !path.startsWith('dist/'));
    expect(outside.sort()).toEqual(['LICENSE', 'README.md', 'package.json']);
    expect(project.files).toEqual(
      expect.arrayContaining([
        'dist/index.cjs',
        'dist/index.mjs',
        'dist/index.d.ts',
        'dist/index.d.cts',
        'dist/cli.cjs',
      ]),
    );
  });

  test('names no folder of the machine it was built on', () => {
    for (const name of readdirSync(join(project.packageDir, 'dist')))
      expect(readFileSync(join(project.packageDir, 'dist', name), 'utf8')).not.toContain(WORKSPACE);
  });

  test('brings ioredis and nothing else', () => {
    const { dependencies, peerDependencies, peerDependenciesMeta } = JSON.parse(
      readFileSync(join(project.packageDir, 'package.json'), 'utf8'),
    ) as Record<string, Record<string, { optional?: boolean }>>;
    expect(Object.keys(dependencies ?? {})).toEqual(['ioredis']);
    for (const peer of Object.keys(peerDependencies ?? {}))
      expect(peerDependenciesMeta?.[peer]).toEqual({ optional: true });
  });
});

describe('on Node 20, 22 and 24', () => {
  test('all versions the package promises are there, unless npm could not be asked', () => {
    const majors = nodes.map(({ version }) => version.split('.')[0]);
    process.stderr.write(`Node versions: ${nodes.map(({ version }) => version).join(', ')}\n`);
    expect(majors.at(-1)).toBe('24');
  });

  const use = `initializeTracing({ ${away} });
    const id = traced('only', () => getCurrentTraceId())();
    console.log(typeof id, id.length, typeof contract.encodeEntry);
    await shutdown(100);`;

  test('an ES module loads it, traces and ends by itself', async () => {
    const source = `import { getCurrentTraceId, initializeTracing, shutdown, traced } from 'swisper-studio';
      import * as contract from 'swisper-studio/contract';
      ${silent} ${use}`;
    expect(await everywhere('app.mjs', source)).toBe('string 36 function');
  });

  test('a CommonJS program loads it, traces and ends by itself', async () => {
    const source = `const { getCurrentTraceId, initializeTracing, shutdown, traced } = require('swisper-studio');
      const contract = require('swisper-studio/contract');
      ${silent} (async () => { ${use} })();`;
    expect(await everywhere('app.cjs', source)).toBe('string 36 function');
  });

  test('both at once are one implementation with one context, sub-paths included', async () => {
    const source = `import { createRequire } from 'node:module';
      import * as esm from 'swisper-studio';
      import * as openai from 'swisper-studio/openai';
      import * as langchain from 'swisper-studio/langchain';
      const load = createRequire(import.meta.url);
      const cjs = load('swisper-studio');
      const same = (one, other) => Object.keys(other).every((name) => one[name] === other[name]);
      ${silent}
      esm.initializeTracing({ ${away} });
      const ids = esm.traced('outer', () => [esm.getCurrentTraceId(), cjs.traced('inner', cjs.getCurrentTraceId)()])();
      console.log(same(esm, cjs), same(openai, load('swisper-studio/openai')), same(langchain, load('swisper-studio/langchain')),
        ids[0] === ids[1], typeof openai.observeOpenAI, typeof langchain.createLangChainHandler,
        load('swisper-studio/package.json').name);
      await cjs.shutdown(100);`;
    expect(await everywhere('both.mjs', source)).toBe('true true true true function function swisper-studio');
  });

  test('loading it loads nothing but its own file: ioredis only after the start, peers never', async () => {
    const source = `const { sep } = require('node:path');
      const loaded = () => Object.keys(require.cache).map((file) => file.split('node_modules' + sep).at(-1).split(sep).join('/'))
        .filter((file) => !file.endsWith('loading.cjs'));
      const sdk = require('swisper-studio');
      const before = loaded();
      require('swisper-studio/openai'); require('swisper-studio/langchain'); require('swisper-studio/contract');
      const withDoors = loaded();
      ${silent}
      sdk.initializeTracing({ ${away} });
      const atOnce = loaded();
      const startMs = Date.now();
      const timer = setInterval(() => {
        const later = loaded().some((file) => file.startsWith('ioredis/'));
        if (!later && Date.now() - startMs < 300_000) return;
        clearInterval(timer);
        console.log(JSON.stringify({ before, withDoors, atOnce: atOnce.length, later }));
        process.exit();
      }, 20);`;
    const doors = ['contract', 'index', 'langchain', 'openai'].map(
      (name) => `swisper-studio/dist/${name}.cjs`,
    );
    const { before, withDoors, atOnce, later } = JSON.parse(await everywhere('loading.cjs', source)) as {
      before: string[];
      withDoors: string[];
      atOnce: number;
      later: boolean;
    };
    expect(before).toEqual(['swisper-studio/dist/index.cjs']);
    expect(withDoors.sort()).toEqual(doors);
    expect({ atOnce, later }).toEqual({ atOnce: doors.length, later: true });
  });

  test('the doctor runs, explains itself, and says by its exit code that something is wrong', async () => {
    const cli = join(project.packageDir, 'dist', 'cli.cjs');
    for (const { program } of nodes) {
      const help = await project.run(program, cli, '--help');
      expect(help).toMatchObject({
        code: 0,
        output: expect.stringContaining('Usage: swisper-studio doctor'),
      });
      const bare = await project.run(program, cli, 'doctor');
      expect(bare).toMatchObject({
        code: 1,
        output: expect.stringContaining('SWISPER_STUDIO_PROJECT_ID: is not set'),
      });
      const misused = await project.run(program, cli, 'nurse');
      expect(misused.code).toBe(2);
    }
  });

  test('npx finds it by the name of the package', async () => {
    const { code, output } = await project.run('npx', '--no-install', 'swisper-studio', '--version');
    expect({ code, output: output.trim().split('\n').at(-1) }).toEqual({ code: 0, output: '0.1.0' });
  });
});

describe('its types', () => {
  const source = (importing: string): string => `${importing}
    const options: TracingOptions = { projectId: 'x', heartbeatIntervalSeconds: 0 };
    initializeTracing(options);
    const double = traced('double', (n: number) => n * 2, { type: 'TOOL' });
    export const four: number = double(2);
    // @ts-expect-error a text is no number
    double('2');
    // @ts-expect-error no such type
    traced('x', () => 1, { type: 'NOTHING' });
    export const name: string = DEFAULT_STREAM_NAME;
    export const client: { chat: 1 } = observeOpenAI({ chat: 1 as const });`;
  const imports = `import { initializeTracing, traced, type TracingOptions } from 'swisper-studio';
    import { DEFAULT_STREAM_NAME } from 'swisper-studio/contract';
    import { observeOpenAI } from 'swisper-studio/openai';`;

  test.each([
    ['node16', 'node16'],
    ['esnext', 'bundler'],
  ])(
    'are right in ES modules and CommonJS with module %s, resolution %s',
    async (module, moduleResolution) => {
      const isBundler = moduleResolution === 'bundler';
      project.write('consumer.mts', source(imports));
      if (!isBundler) project.write('consumer.cts', source(imports));
      const config = {
        compilerOptions: {
          ...{ module, moduleResolution, target: 'es2022', strict: true, noEmit: true, skipLibCheck: false },
          ...{ types: ['node'], typeRoots: [join(WORKSPACE, 'node_modules/@types')] },
        },
        files: ['consumer.mts', ...(isBundler ? [] : ['consumer.cts'])],
      };
      project.write('tsconfig.json', JSON.stringify(config));
      const tsc = join(WORKSPACE, 'node_modules/typescript/bin/tsc');
      expect(await project.run(process.execPath, tsc, '-p', '.')).toEqual({ code: 0, output: '' });
    },
  );
});
