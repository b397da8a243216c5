import { rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { defineConfig } from 'tsup';

const isIdentifier = (name: string): boolean => /^[A-Za-z_$][\w$]*$/.test(name);

/**
 * One implementation, in CommonJS; the ESM files only re-export it, so that an application and its library share one buffer
 * and one context whichever way each of them loads the SDK.
 */
async function writeEsmDoors(outDir: string): Promise<void> {
  const load = createRequire(import.meta.url);
  for (const entry of Object.keys(doors)) {
    const file = resolve(outDir, `${entry}.cjs`);
    const loaded: unknown = load(file);
    const names = Object.keys(loaded ?? {}).filter((name) => isIdentifier(name) && name !== 'default');
    const lines = [`import sdk from './${entry}.cjs';`, `export const { ${names.join(', ')} } = sdk;`, ''];
    await writeFile(resolve(outDir, `${entry}.mjs`), lines.join('\n'));
    await writeFile(resolve(outDir, `${entry}.d.ts`), `export * from './${entry}.cjs';\n`);
  }
}

/** What programs import. */
const doors = {
  index: 'src/index.ts',
  contract: 'src/contract/index.ts',
  langchain: 'src/langchain/index.ts',
  openai: 'src/openai/index.ts',
};

export default defineConfig((options) => {
  const outDir = options.outDir ?? 'dist';
  rmSync(outDir, { recursive: true, force: true });
  return {
    entry: { ...doors, cli: 'src/doctor/cli.ts' },
    format: ['cjs'],
    outExtension: () => ({ js: '.cjs', dts: '.d.cts' }),
    outDir,
    target: 'node20',
    platform: 'node',
    external: ['ioredis'],
    dts: options.dts ?? { entry: doors },
    sourcemap: true,
    // tsup's own cleaning removes declarations late, those written below included.
    clean: false,
    splitting: false,
    onSuccess: () => writeEsmDoors(outDir),
  };
});
