import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { runToEnd } from '../../../server/tools/child-process.ts';
import { resolveOptions, type TracingOptions } from '../../src/options.ts';
import { optionName } from '../../src/doctor/settings-check.ts';

const SDK = resolve(import.meta.dirname, '../..');
const readme = readFileSync(join(SDK, 'README.md'), 'utf8');

describe('the programs in the README', () => {
  /** In the package's folder, so that its names are found as in any of its files. */
  let folder: string;
  beforeAll(() => {
    mkdirSync(join(SDK, 'node_modules'), { recursive: true });
    folder = mkdtempSync(join(SDK, 'node_modules', 'readme-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test('are right as they stand there', async () => {
    const blocks = [...readme.matchAll(/(?:<!-- given: ([\s\S]*?) -->\s*)?```ts\n([\s\S]*?)```/g)];
    expect(blocks.length).toBeGreaterThan(7);
    const files = blocks.map(([, given, program], i) => {
      const name = `block-${String(i)}.mts`;
      writeFileSync(join(folder, name), `${program ?? ''}\n${given ?? ''}\nexport {};\n`);
      return name;
    });
    const config = {
      extends: resolve(SDK, '../tsconfig.base.json'),
      compilerOptions: { noEmit: true, experimentalDecorators: true, isolatedModules: false },
      files,
    };
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config));
    const tsc = resolve(SDK, '../node_modules/typescript/bin/tsc');
    expect(await runToEnd(process.execPath, [tsc, '-p', folder])).toEqual({ code: 0, output: '' });
  });

  test('are backed by examples that exist', () => {
    const named = [...readme.matchAll(/`(examples\/[\w-]+\.ts)`/g)].map(([, file]) => file ?? '');
    expect(named.length).toBeGreaterThan(5);
    for (const file of named)
      expect({ file, exists: existsSync(join(SDK, file)) }).toEqual({ file, exists: true });
  });
});

describe('the table of options', () => {
  const rows = [...readme.matchAll(/^\| `(\w+)` +\| (?:`(SWISPER_STUDIO_\w+)`)? +\|/gm)];
  const { options, variables } = resolveOptions({}, {});

  test('has every option there is, and no other', () => {
    const known = Object.keys(options satisfies Record<keyof TracingOptions, unknown>);
    expect(rows.map(([, option]) => option).sort()).toEqual(known.sort());
  });

  test('has every variable of the environment beside its option', () => {
    const listed = rows.flatMap(([, option, variable]) =>
      variable === undefined ? [] : [[variable, option]],
    );
    expect(listed.sort()).toEqual([...variables.keys()].map((name) => [name, optionName(name)]).sort());
  });
});
