import { readSettings, settingsProblemMessage } from '../src/config/settings.ts';
import { fail } from './progress.ts';
import type { Environment } from './studio-stack.ts';

/** What the embedded services will provide; stands in for them while the rest is checked. */
const EMBEDDED: Environment = {
  DATABASE_URL: 'postgres://studio@127.0.0.1:5432/studio',
  OBSERVABILITY_REDIS_URL: 'redis://127.0.0.1:6379',
};

/** Ends the program naming every bad setting, before anything is built or started. */
export function checkSettings(environment: Environment): void {
  const result = readSettings({ ...EMBEDDED, ...environment });
  if (!result.ok) fail(settingsProblemMessage(result.problems));
}
