import { runToEnd } from '../../../server/tools/child-process.ts';

/** Runs npm in a folder, quietly, without scripts of packages and without what asks a registry needlessly. */
export function npm(cwd: string, ...args: string[]): Promise<{ code: number | null; output: string }> {
  const flags = ['--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error'];
  return runToEnd('npm', [...args, ...flags], { cwd, env: ownEnvironment() });
}

/** Without what npm tells its scripts: run by `npm test`, it would act on the workspace. */
function ownEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(npm_|INIT_CWD$|NODE_OPTIONS$)/.test(name)),
  );
}
