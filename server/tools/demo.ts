import { join } from 'node:path';
import { CHECKOUT, isBuilt, stateDir } from './checkout.ts';
import { checkSettings } from './checked-settings.ts';
import { spawnTied } from './child-process.ts';
import { type DemoAccount, demoAdmin, ensureDemoProject } from './demo-project.ts';
import { fail, print, step } from './progress.ts';
import { type Environment, type StudioStack, startStudio } from './studio-stack.ts';
import { untilEnded } from './until-ended.ts';

const HELP = `npm run demo: SwisperStudio and a sample LangGraph agent that publishes to it.

Starts PostgreSQL and Redis, migrates, builds what is not built, serves API and console on http://localhost:8001
(PORT changes that), then runs an agent of five nodes every few seconds; every fifth run fails on purpose.
State is kept in .studio/ (delete the folder to begin anew; --state-dir DIR names another); Ctrl-C stops everything.
  --without-build   runs what is built as it is
  --interval-ms N   pause between two runs of the agent, default 3000`;

async function main(): Promise<void> {
  if (process.argv.includes('--help')) return print(HELP);
  checkSettings(process.env);
  const ended = untilEnded();
  const state = stateDir(process.argv);
  const logs = join(state, 'logs');
  const admin = demoAdmin(process.env, state);
  const environment = {
    ...process.env,
    STUDIO_ADMIN_EMAIL: admin.email,
    STUDIO_ADMIN_PASSWORD: admin.password,
  };
  const studio = await startStudio({
    environment,
    stateDir: state,
    serverLog: join(logs, 'server.log'),
    isBuilt: isBuilt(process.argv),
  });
  const account = await step('Preparing the demo project', () => ensureDemoProject(studio.url, admin, state));
  const program = join(CHECKOUT, 'sdk/examples/sample-agent.ts');
  const agent = spawnTied(process.execPath, [program, ...paceOf(process.argv)], {
    cwd: join(CHECKOUT, 'sdk'),
    env: agentEnvironment(account, studio.url, studio.redisUrl),
    logFile: join(logs, 'agent.log'),
  });
  announce(account, studio);
  print(`\nLogs are in ${logs}. Ctrl-C stops everything.`);
  const outcome = await Promise.race([ended, studio.server.ended, agent.ended]);
  print('Stopping…');
  await agent.stop();
  await studio.stop();
  if (typeof outcome === 'object') fail(`A part of the demo ended; see ${logs}`);
  print(`Stopped. The state is kept in ${state}.`);
  process.exit(0);
}

/** The agent's own flag, passed on. */
function paceOf(args: readonly string[]): readonly string[] {
  const at = args.indexOf('--interval-ms');
  return at < 0 ? [] : args.slice(at, at + 2);
}

function agentEnvironment(account: DemoAccount, apiUrl: string, redisUrl: string): Environment {
  return {
    ...process.env,
    SWISPER_STUDIO_URL: apiUrl,
    SWISPER_STUDIO_API_KEY: account.apiKey,
    SWISPER_STUDIO_PROJECT_ID: account.projectId,
    SWISPER_STUDIO_REDIS_URL: redisUrl,
    SWISPER_STUDIO_ENVIRONMENT: 'demo',
  };
}

function announce(account: DemoAccount, { url, redisUrl }: StudioStack): void {
  print('');
  print(`Console: ${url}`);
  print(`Login: ${account.email} / ${account.password}`);
  print(`Project: ${account.projectId}`);
  print(`API key: ${account.apiKey} (scopes ingest and read)`);
  print(`Redis: ${redisUrl} (redisUrl of an agent of your own)`);
  print('');
  print('What to look at:');
  print('  Projects       the live dot, versions and traces of today of "Demo agent"');
  print(
    `  Traces         ${url}/projects/${account.projectId}/traces : a run every few seconds, every fifth fails`,
  );
  print(
    '  A trace        click a node: state before and after, red and green; a running one grows as you watch',
  );
  print('  Settings       turn "Enable Tracing" off: the agent stops publishing in under a second');
}

await main().catch((error: unknown) => fail(error instanceof Error ? error.message : String(error)));
