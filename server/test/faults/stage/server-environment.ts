import { ADMIN } from '../../harness/server-process.ts';

/** Settings of a server of a stage. */
export function serverEnvironment(parts: {
  readonly databaseUrl: string;
  readonly redisPort: number;
  readonly streamName: string;
}): Record<string, string> {
  return {
    DATABASE_URL: parts.databaseUrl,
    OBSERVABILITY_REDIS_URL: `redis://127.0.0.1:${String(parts.redisPort)}`,
    OBSERVABILITY_STREAM_NAME: parts.streamName,
    STUDIO_ADMIN_EMAIL: ADMIN.email,
    STUDIO_ADMIN_PASSWORD: ADMIN.password,
    LOG_LEVEL: 'warn',
  };
}
