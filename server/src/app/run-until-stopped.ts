import { type NestFastifyApplication } from '@nestjs/platform-fastify';
import { type Settings } from '../config/settings.ts';
import { VitalSigns } from '../kernel/vital-signs.ts';
import { startApp } from './start-app.ts';

/** Whatever is still going on then is cut off. */
const HARD_STOP_MS = 25_000;
/** A client that reads its answer more slowly than this is disconnected. */
const SLOW_CLIENT_MS = 15_000;

/**
 * Listens, starts the work, and on SIGTERM or SIGINT stops it in order: ready says 503, the consumer finishes what it
 * has, HTTP closes, then Redis and the database. Ends the process with 0, or with 1 when it could not start or stop.
 */
export async function runUntilStopped(app: NestFastifyApplication, settings: Settings): Promise<void> {
  const starting = new AbortController();
  const stop = () => void stopInOrder(app, starting);
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
  try {
    const listening = app.listen(settings.port, settings.host);
    const [setupLink] = await Promise.all([startApp(app, starting.signal), listening]);
    // Plain lines: people look for them.
    if (setupLink !== null) process.stdout.write(`Set-up link: ${setupLink}\n`);
    process.stdout.write(`SwisperStudio is ready: ${settings.publicUrl}\n`);
  } catch (error) {
    if (starting.signal.aborted) return;
    process.stderr.write(
      `SwisperStudio cannot start: ${error instanceof Error ? error.message : String(error)}\n`,
    );
    process.exit(1);
  }
}

async function stopInOrder(app: NestFastifyApplication, starting: AbortController): Promise<void> {
  setTimeout(() => process.exit(1), HARD_STOP_MS).unref();
  setTimeout(() => app.getHttpServer().closeAllConnections(), SLOW_CLIENT_MS).unref();
  app.get(VitalSigns).startDraining();
  starting.abort();
  try {
    await app.close();
    process.exit(0);
  } catch (error) {
    process.stderr.write(`SwisperStudio did not stop cleanly: ${String(error)}\n`);
    process.exit(1);
  }
}
