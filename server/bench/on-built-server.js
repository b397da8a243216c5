import { registerHooks } from 'node:module';
import { URL } from 'node:url';

/**
 * Loaded with `--import`: benches import the server's sources, for their types, and get what was built from them, which
 * is what is shipped.
 */
const SOURCES = new URL('../src/', import.meta.url).href;
const BUILT = new URL('../dist/', import.meta.url).href;

registerHooks({
  resolve(specifier, context, nextResolve) {
    const wanted = specifier.startsWith('.') ? new URL(specifier, context.parentURL).href : specifier;
    if (!wanted.startsWith(SOURCES)) return nextResolve(specifier, context);
    return nextResolve(BUILT + wanted.slice(SOURCES.length).replace(/\.ts$/, '.js'), context);
  },
});
