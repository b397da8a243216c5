import { setTimeout as sleep } from 'node:timers/promises';
import { type DataSource } from 'typeorm';
import { type Clock } from '../kernel/clock.ts';
import { OncePer } from '../kernel/once-per.ts';

/** The longest pause between two attempts. */
const MAX_PAUSE_MS = 2_000;
const FIRST_PAUSE_MS = 100;
const LOG_EVERY_MS = 5_000;

interface Waiting {
  clock: Clock;
  log: { warn(fields: object, message: string): void };
  /** Ends the waiting by throwing. */
  signal: AbortSignal;
}

/**
 * Opens the data source, waiting for as long as it takes for a database that is not there yet. Only a refusal that
 * waiting cannot cure (wrong user or password) is thrown.
 */
export async function connectWhenReachable(dataSource: DataSource, waiting: Waiting): Promise<DataSource> {
  const { clock, log, signal } = waiting;
  const maySay = new OncePer(LOG_EVERY_MS);
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, MAX_PAUSE_MS)) {
    signal.throwIfAborted();
    try {
      return await dataSource.initialize();
    } catch (error) {
      if (!isWorthWaiting(error)) throw error;
      if (maySay.allows(clock.nowMs())) log.warn({ reason: errorCode(error) }, 'Waiting for the database');
      await sleep(pauseMs / 2 + Math.random() * pauseMs, undefined, { signal });
    }
  }
}

function isWorthWaiting(error: unknown): boolean {
  const code = errorCode(error);
  if (code === null) return error instanceof Error && /timeout|terminated/i.test(error.message);
  return !code.startsWith('28') && !code.startsWith('42') && !code.startsWith('ERR_');
}

/** SQLSTATE or system error code, where there is one. */
function errorCode(error: unknown): string | null {
  const code: unknown = typeof error === 'object' && error !== null ? Reflect.get(error, 'code') : null;
  return typeof code === 'string' ? code : null;
}
