import { type INestApplicationContext } from '@nestjs/common';
import { FirstRun } from '../auth/index.ts';
import { DatabaseStart } from '../database/database-start.ts';
import { Startup } from '../kernel/startup.ts';

/**
 * Connects to the database (waiting for it), migrates it, and lets the work begin.
 * @returns the set-up link to show, when nobody has an account yet
 */
export async function startApp(app: INestApplicationContext, signal: AbortSignal): Promise<string | null> {
  await app.get(DatabaseStart).open(signal);
  const setupLink = await app.get(FirstRun).prepare();
  app.get(Startup).markReady();
  return setupLink;
}
