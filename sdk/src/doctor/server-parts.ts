import { type StudioApi } from './studio-api.ts';

/** What `GET /health/ready` calls so, and the server's setting that names it. */
const PARTS: Readonly<Partial<Record<string, readonly [name: string, setting: string]>>> = {
  database: ['PostgreSQL', 'DATABASE_URL'],
  redis: ['Redis', 'OBSERVABILITY_REDIS_URL'],
};

/** What a server that answers is without. */
export interface MissingParts {
  /** `PostgreSQL`, `Redis` or both. */
  readonly names: string;
  readonly remedy: string;
}

/** @returns undefined where the server misses nothing, or does not say */
export async function findMissingParts(api: StudioApi): Promise<MissingParts | undefined> {
  const down = await api.partsDown();
  const parts = down.map((part) => PARTS[part]).filter((part) => part !== undefined);
  if (parts.length === 0) return undefined;
  const names = parts.map(([name]) => name).join(' and ');
  const settings = parts.map(([, setting]) => setting).join(', ');
  return {
    names,
    remedy: `see whether ${names} runs and the server reaches it (${settings} there); its log says why`,
  };
}
