import { join, resolve } from 'node:path';

/** Root of the checkout. */
export const CHECKOUT = join(import.meta.dirname, '../..');

/** Whether the arguments say that what is built is to be run as it is. */
export const isBuilt = (args: readonly string[]): boolean => args.includes('--without-build');

/** Everything the demo and `npm start` keep between runs: `.studio/` (ignored by git), or what `--state-dir` names. */
export function stateDir(args: readonly string[]): string {
  const given = args[args.indexOf('--state-dir') + 1];
  return resolve(args.includes('--state-dir') && given !== undefined ? given : join(CHECKOUT, '.studio'));
}
