import { randomBytes, randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import {
  createApiKey,
  type DecodedEntry,
  decodeEntry,
  deriveSigningKey,
  tracingConfigKey,
  tracingEnabledKey,
  TRACING_CHANGES_CHANNEL,
  verifyFields,
} from '../src/contract/index.ts';
import { type SdkLogger } from '../src/log.ts';
import { initializeTracing, type TracingOptions } from '../src/index.ts';

export interface ObservedEvent {
  seq: number;
  /** Header fields and parsed payloads, side by side. */
  [field: string]: unknown;
}

/** Keeps the lines instead of printing them. */
export class KeptLog implements SdkLogger {
  readonly lines: string[] = [];
  info = (line: string): void => void this.lines.push(`info ${line}`);
  warn = (line: string): void => void this.lines.push(`warn ${line}`);
  error = (line: string): void => void this.lines.push(`error ${line}`);
}

export const waitUntil = async (
  isTrue: () => boolean | Promise<boolean>,
  timeoutMs = 300_000,
): Promise<number> => {
  const start = performance.now();
  while (!(await isTrue())) {
    if (performance.now() - start > timeoutMs)
      throw new Error(`not within ${String(timeoutMs)} ms: ${isTrue.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return performance.now() - start;
};

const newStreamName = (): string => `observability:events:test-${randomUUID()}`;

/** A project whose events a test reads back from its own stream, as the server would. */
export class ObservedProject {
  projectId = randomUUID();
  streamName = newStreamName();
  log = new KeptLog();
  readonly apiKey = createApiKey(randomBytes).apiKey;
  readonly redis: Redis;
  private readonly redisUrl: string;

  constructor(redisUrl: string) {
    this.redisUrl = redisUrl;
    this.redis = new Redis(redisUrl, { maxRetriesPerRequest: null, lazyConnect: true });
    this.redis.on('error', () => undefined);
  }

  /** Another project with another stream; what was traced for the one before does not come here. */
  renew(): void {
    this.projectId = randomUUID();
    this.streamName = newStreamName();
    this.log = new KeptLog();
  }

  get options(): TracingOptions {
    const { projectId, streamName, apiKey, log, redisUrl } = this;
    return { projectId, streamName, apiKey, logger: log, redisUrl };
  }

  initialize(options: TracingOptions = {}): void {
    initializeTracing({ ...this.options, ...options });
  }

  async entries(): Promise<DecodedEntry[]> {
    const raw = await this.redis.xrangeBuffer(this.streamName, '-', '+');
    return raw.map(([, fields]) => {
      const map = new Map<string, Buffer>();
      for (let i = 0; i + 1 < fields.length; i += 2)
        map.set(String(fields[i]), fields[i + 1] ?? Buffer.alloc(0));
      if (!verifyFields(this.streamName, map, deriveSigningKey(this.apiKey)))
        throw new Error('an entry is not signed');
      const result = decodeEntry(map);
      if (!result.ok) throw new Error(result.detail);
      return result.entry;
    });
  }

  /** Events in the order of their numbers, which must have no holes. */
  async events(): Promise<ObservedEvent[]> {
    const events = (await this.entries()).flatMap(({ seq, events: list }) =>
      list.map(({ header, payloads }, i): ObservedEvent => {
        const values = payloads.map(({ kind, bytes }): [string, unknown] => [
          kind,
          JSON.parse(bytes.toString()),
        ]);
        return { ...header, ...Object.fromEntries(values), seq: seq + i };
      }),
    );
    const numbers = events.map(({ seq }) => seq);
    if (numbers.some((seq, i) => seq !== i + 1)) throw new Error(`numbers have holes: ${numbers.join()}`);
    return events;
  }

  /** The last thing said about each field of each observation, by name. */
  async observations(): Promise<Map<string, ObservedEvent>> {
    const byId = new Map<unknown, ObservedEvent>();
    for (const event of await this.events()) {
      const { observation_id: id } = event;
      if (id !== undefined) byId.set(id, { ...byId.get(id), ...event });
    }
    return new Map([...byId.values()].map((row) => [String(row['name']), row]));
  }

  async switchTo(version: number, enabled: boolean, how: 'told' | 'silently'): Promise<void> {
    await this.redis.set(tracingConfigKey(this.projectId), JSON.stringify({ version, enabled, full: false }));
    await this.redis.set(tracingEnabledKey(this.projectId), String(enabled));
    if (how === 'told') {
      await this.redis.publish(
        TRACING_CHANGES_CHANNEL,
        JSON.stringify({ project_id: this.projectId, version }),
      );
    }
  }

  close(): void {
    this.redis.disconnect();
  }
}
