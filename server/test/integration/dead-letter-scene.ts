import { randomBytes, randomUUID } from 'node:crypto';
import { createApiKey, deriveSigningKey, type EncodableEvent, encodeEntry } from 'swisper-studio/contract';
import { openRedis, type RedisConnection } from '../../src/redis/redis-connection.ts';
import { type Answer, ApiClient, createProject } from '../harness/api-client.ts';
import { eventually } from '../harness/eventually.ts';
import { sharedRedisUrl, uniqueStream } from '../harness/services.ts';
import { type AppInProcess, startInProcess } from './app-in-process.ts';

/** What signs an entry. */
export interface SceneKey {
  keyId: string;
  apiKey: string;
}

export interface Letter {
  id: string;
  entry_id: string;
  event_index: number;
  project_id: string;
  reason: string;
  can_replay: boolean;
  last_replay: { outcome: string; by: string } | null;
}

export interface Replay {
  replay_id: string;
  counts: Record<string, number>;
  items: {
    id: string;
    outcome: string;
    reason: string | null;
    detail: string | null;
    events_stored: number;
  }[];
  next_cursor: string | null;
  remaining: number;
}

/** A whole server with its consumer, somebody signed in, and a hand on the stream. */
export class DeadLetterScene {
  readonly studio: AppInProcess;
  readonly person: ApiClient;
  readonly stream: string;
  private readonly redis: RedisConnection;

  private constructor(studio: AppInProcess, person: ApiClient, stream: string) {
    this.studio = studio;
    this.person = person;
    this.stream = stream;
    this.redis = openRedis(sharedRedisUrl(), 'bulk');
  }

  static async start(): Promise<DeadLetterScene> {
    const stream = uniqueStream();
    const studio = await startInProcess({
      STUDIO_ROLES: 'api,consumer,scheduler',
      OBSERVABILITY_STREAM_NAME: stream,
    });
    const person = await ApiClient.signedIn(studio.url).catch(async (error: unknown) => {
      await studio.close();
      throw error;
    });
    const scene = new DeadLetterScene(studio, person, stream);
    await eventually(
      () => scene.redis.status,
      (status) => status === 'ready',
    );
    return scene;
  }

  async close(): Promise<void> {
    this.redis.disconnect();
    await this.studio.close();
  }

  createProject(): Promise<{ id: string; apiKey: string }> {
    return createProject(this.person);
  }

  /** A project that has the id others have been sending to all along. */
  async createProjectWithId(id: string): Promise<void> {
    await this.query(`INSERT INTO projects (id, name) VALUES ($1, 'late')`, [id]);
  }

  /** A key nobody knows until it is added. */
  createKey(): SceneKey {
    return createApiKey((size) => randomBytes(size));
  }

  async addKey(projectId: string, { keyId, apiKey }: SceneKey): Promise<void> {
    await this.query(
      `INSERT INTO api_keys (id, project_id, key_id, name, prefix, secret_hash, signing_key, scopes)
       VALUES ($1, $2, $3, 'k', 'k', '\\x00', $4, '{ingest}')`,
      [randomUUID(), projectId, keyId, deriveSigningKey(apiKey)],
    );
  }

  /** Puts one entry on the stream. @returns its id */
  async add(fields: readonly (string | Buffer)[]): Promise<string> {
    return String(await this.redis.xadd(this.stream, '*', ...fields));
  }

  addBatch(
    projectId: string,
    events: readonly EncodableEvent[],
    options: { seq?: number; key?: SceneKey } = {},
  ): Promise<string> {
    const { seq = 1, key } = options;
    const counters = { accepted: events.length, merged: 0, dropped: {}, config_version: 0 };
    const entry = { projectId, instanceId: 'i-1', seq, counters, sentAt: new Date(), events };
    const signer = key && {
      keyId: key.keyId,
      streamName: this.stream,
      signingKey: deriveSigningKey(key.apiKey),
    };
    return this.add(encodeEntry(entry, signer));
  }

  /** The dead letter an entry became. */
  async letterOf(entryId: string, index = -1): Promise<Letter> {
    const letters = await eventually(
      () => this.lettersOf(entryId),
      (found) => found.some(({ event_index }) => event_index === index),
    );
    const letter = letters.find(({ event_index }) => event_index === index);
    if (letter === undefined) throw new Error(`No dead letter of ${entryId}`);
    return letter;
  }

  async lettersOf(entryId: string): Promise<Letter[]> {
    const page = itemsOf<Letter>(await this.person.get('/dead-letters?limit=200'));
    return page.filter(({ entry_id }) => entry_id === entryId);
  }

  async replay(body: object): Promise<Replay> {
    const answer = await this.person.post('/dead-letters/replay', body);
    if (answer.status !== 200) throw new Error(JSON.stringify(answer.body));
    return bodyOf<Replay>(answer);
  }

  /** Replays one until the process has noticed what changed (it remembers for a second what does not exist). */
  async replayUntil(outcome: string, id: string): Promise<Replay> {
    return eventually(
      () => this.replay({ ids: [id] }),
      ({ items }) => items[0]?.outcome === outcome,
    );
  }

  query(sql: string, parameters: unknown[] = []): Promise<Record<string, unknown>[]> {
    return this.studio.database.query<Record<string, unknown>[]>(sql, parameters);
  }

  async trace(id: string): Promise<Record<string, unknown> | undefined> {
    return (await this.query('SELECT * FROM traces WHERE id = $1', [id]))[0];
  }
}

export function bodyOf<T>({ body }: Answer): T {
  return body as T;
}

export function itemsOf<T>(answer: Answer): T[] {
  return bodyOf<{ items: T[] }>(answer).items;
}

export function traceStart(traceId: string, extra: object = {}): EncodableEvent {
  const timestamp = new Date().toISOString();
  return {
    header: { event_type: 'trace_start', trace_id: traceId, name: 'run', timestamp, ...extra },
    payloads: [],
  };
}
