import { runToEnd } from '../../../server/tools/child-process.ts';

/** A slow registry has time to answer; three installations without any give up within the limit of the tests. */
const PATIENCE = ['--fetch-retries=1', '--fetch-retry-mintimeout=2000', '--fetch-timeout=120000'];

/** Runs npm in a folder, quietly, without scripts of packages and without what asks a registry needlessly. */
export function npm(cwd: string, ...args: string[]): Promise<{ code: number | null; output: string }> {
  const flags = ['--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error'];
  return runToEnd('npm', [...args, ...flags, ...PATIENCE], { cwd, env: ownEnvironment() });
}

/** Without what npm tells its scripts: run by `npm test`, it would act on the workspace. */
function ownEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(npm_|INIT_CWD$|NODE_OPTIONS$)/.test(name)),
  );
}
