import { initializeTracing, shutdown, traced } from 'swisper-studio';
import { type Variant, type VariantTarget } from './variant.ts';

const DRAIN_MS = 20_000;
const quiet = { info: () => undefined, warn: console.warn, error: console.error };

function start({ redisUrl, ...target }: Partial<VariantTarget> & { sinkUrl: string }): Variant {
  const { sinkUrl: apiUrl, projectId, apiKey, streamName } = target;
  initializeTracing({
    apiUrl,
    logger: quiet,
    ...(projectId === undefined ? {} : { projectId }),
    ...(apiKey === undefined ? {} : { apiKey }),
    ...(streamName === undefined ? {} : { streamName }),
    ...(redisUrl === undefined ? {} : { redisUrl }),
  });
  return { wrap: (name, fn) => traced(name, fn), close: () => shutdown(DRAIN_MS) };
}

/** Signed entries to a Redis Stream, everything at its defaults. */
export const startOverRedis = (target: VariantTarget): Variant => start(target);

/** The same without Redis: numbered events to the server's HTTP door. */
export const startOverHttp = ({ redisUrl: _none, ...target }: VariantTarget): Variant => start(target);
