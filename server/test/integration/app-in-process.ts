import { type NestFastifyApplication } from '@nestjs/platform-fastify';
import { DataSource } from 'typeorm';
import { type AppParts } from '../../src/app/app.module.ts';
import { createApp } from '../../src/app/create-app.ts';
import { startApp } from '../../src/app/start-app.ts';
import { readSettings, settingsProblemMessage } from '../../src/config/settings.ts';
import { freePort } from '../../tools/free-port.ts';
import { ADMIN } from '../harness/server-process.ts';
import { createDatabase, sharedRedisUrl, uniqueStream } from '../harness/services.ts';

export interface AppInProcess {
  readonly url: string;
  readonly app: NestFastifyApplication;
  readonly database: DataSource;
  readonly databaseUrl: string;
  /** Where the first account is made; null when there is one. */
  readonly setupLink: string | null;
  close(): Promise<void>;
}

/** A clock that runs and can be put forward. */
export class MovableClock {
  private aheadMs = 0;

  now(): Date {
    return new Date(this.nowMs());
  }

  nowMs(): number {
    return Date.now() + this.aheadMs;
  }

  forward(ms: number): void {
    this.aheadMs += ms;
  }
}

/**
 * The whole server inside the test's process, without the consumer, on a database of its own unless the environment
 * names one. There is an admin unless the environment says otherwise (undefined removes a default).
 */
export async function startInProcess(
  environment: Record<string, string | undefined> = {},
  parts: AppParts = {},
): Promise<AppInProcess> {
  const port = await freePort();
  const databaseUrl = environment['DATABASE_URL'] ?? (await createDatabase()).url;
  const result = readSettings({
    PORT: String(port),
    DATABASE_URL: databaseUrl,
    OBSERVABILITY_REDIS_URL: sharedRedisUrl(),
    OBSERVABILITY_STREAM_NAME: uniqueStream(),
    STUDIO_ROLES: 'api,scheduler',
    STUDIO_ADMIN_EMAIL: ADMIN.email,
    STUDIO_ADMIN_PASSWORD: ADMIN.password,
    LOG_LEVEL: 'silent',
    ...environment,
  });
  if (!result.ok) throw new Error(settingsProblemMessage(result.problems));
  const app = await createApp(result.settings, parts);
  await app.listen(port, '127.0.0.1');
  const setupLink = await startApp(app, new AbortController().signal).catch(async (error: unknown) => {
    await app.close();
    throw error;
  });
  return {
    url: `http://127.0.0.1:${port}`,
    app,
    database: app.get(DataSource),
    databaseUrl,
    setupLink,
    close: () => app.close(),
  };
}
