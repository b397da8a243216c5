import { type Variant } from './variant.ts';

/** The loop without any tracing: what is subtracted. */
export const startUntraced = (): Variant => ({ wrap: (_name, fn) => fn, close: () => Promise.resolve() });

/** The least any tracing has to do: write input and output as JSON. */
export function startStringify(): Variant {
  let chars = 0;
  return {
    wrap: (_name, fn) => async (state) => {
      chars += JSON.stringify(state).length;
      const output = await fn(state);
      chars += JSON.stringify(output).length;
      return output;
    },
    close: () => (chars >= 0 ? Promise.resolve() : Promise.reject(new Error('nothing was written'))),
  };
}
