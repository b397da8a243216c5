import { isBuilt, stateDir } from './checkout.ts';
import { checkSettings } from './checked-settings.ts';
import { fail, print } from './progress.ts';
import { startStudio } from './studio-stack.ts';
import { untilEnded } from './until-ended.ts';

const HELP = `npm start: SwisperStudio with an embedded PostgreSQL and a Redis of its own.

DATABASE_URL and OBSERVABILITY_REDIS_URL, where set, replace the embedded ones; .env.example lists every setting.
State is kept in .studio/ (--state-dir DIR changes that); Ctrl-C stops everything.
  --without-build   runs what is built as it is`;

async function main(): Promise<void> {
  if (process.argv.includes('--help')) return print(HELP);
  checkSettings(process.env);
  const ended = untilEnded();
  const studio = await startStudio({
    environment: process.env,
    stateDir: stateDir(process.argv),
    isBuilt: isBuilt(process.argv),
  });
  print(`Console: ${studio.url}`);
  print(`Redis: ${hidePassword(studio.redisUrl)} (redisUrl of the agents you watch)`);
  const outcome = await Promise.race([ended, studio.server.ended]);
  await studio.stop();
  if (typeof outcome === 'object') process.exit(outcome.code ?? 1);
  process.exit(0);
}

/** The address may come from the environment, password and all. */
function hidePassword(url: string): string {
  return url.replace(/\/\/[^@/]*@/, '//…@');
}

await main().catch((error: unknown) => fail(error instanceof Error ? error.message : String(error)));
