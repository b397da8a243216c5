import { join, resolve } from 'node:path';

/** Root of the checkout. */
export const CHECKOUT = join(import.meta.dirname, '../..');

/** Everything the demo and `npm start` keep between runs: `.studio/` (ignored by git), or what `--state-dir` names. */
export function stateDir(args: readonly string[]): string {
  const given = args[args.indexOf('--state-dir') + 1];
  return resolve(args.includes('--state-dir') && given !== undefined ? given : join(CHECKOUT, '.studio'));
}
