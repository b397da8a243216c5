import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { transformSync } from 'esbuild';

/**
 * For unit tests only. The icon library is one file of 1,800 components, and without the build's linker each of them is
 * compiled when the file is loaded: 20 seconds per test file. This keeps the ones that the console imports, as they are.
 */
const APP = join(import.meta.dirname, '../src/app');

function usedIcons() {
  const files = readdirSync(APP, { recursive: true }).filter((name) => name.endsWith('.ts'));
  const names = files.flatMap(
    (name) => readFileSync(join(APP, name), 'utf8').match(/\bLucide[A-Z]\w*/g) ?? [],
  );
  return [...new Set(names)].sort();
}

function withOnly(icons, source) {
  const classStart = /^class (Lucide\w+) extends LucideIconBase/gm;
  const header = source.slice(0, source.search(classStart));
  const classes = new Map();
  for (const match of source.matchAll(classStart)) {
    const end = source.indexOf('\n        }] });', match.index);
    classes.set(match[1], source.slice(match.index, source.indexOf('\n', end + 1)));
  }
  const aliases = new Map(
    [...source.matchAll(/^const (Lucide\w+) = (Lucide\w+);/gm)].map(([, a, b]) => [a, b]),
  );
  const kept = new Set(icons.map((name) => aliases.get(name) ?? name));
  const bodies = [...kept].map((name) => classes.get(name) ?? fail(name));
  const exports = icons.map((name) => (aliases.has(name) ? `${aliases.get(name)} as ${name}` : name));
  return `${header}\n${bodies.join('\n')}\nexport { ${exports.join(', ')} };`;
}

function fail(name) {
  throw new Error(`@lucide/angular has no ${name}, or its file is laid out differently now`);
}

export default {
  process(source, file) {
    const { code } = transformSync(withOnly(usedIcons(), source), {
      format: 'cjs',
      loader: 'js',
      sourcefile: file,
    });
    return { code };
  },
  getCacheKey(source, file) {
    return createHash('sha1').update(source).update(file).update(usedIcons().join()).digest('hex');
  },
};
