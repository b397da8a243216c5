import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { afterEach, expect, test } from '@jest/globals';
import { deriveSigningKey, encodeEntry, parseApiKey } from 'swisper-studio/contract';
import { openRedis, type RedisConnection } from '../../src/redis/redis-connection.ts';
import { ApiClient, createProject } from '../harness/api-client.ts';
import { eventually } from '../harness/eventually.ts';
import { type ServerProcess, startServer } from '../harness/server-process.ts';
import { onServer } from '../harness/template-database.ts';

const ENTRIES = 300;
const TRACES_PER_ENTRY = 10;
/** Each trace has a start and one observation. */
const EVENTS = ENTRIES * TRACES_PER_ENTRY * 2;
const KILLS = 3;
const preload = (file: string): string[] => ['--import', join(import.meta.dirname, file)];

const running: ServerProcess[] = [];
const connections: RedisConnection[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.kill()));
  for (const connection of connections.splice(0)) connection.disconnect();
});

interface Faults {
  point: string;
  afterMoments: number;
  preloads: readonly string[];
}

interface Scene {
  environment: Record<string, string>;
  projectId: string;
  apiKey: string;
  redis: RedisConnection;
}

async function start(environment: Record<string, string>, faults?: Faults): Promise<ServerProcess> {
  const server = await startServer({
    environment: {
      ...environment,
      ...(faults && { FAULT_POINT: faults.point, FAULT_AFTER: String(faults.afterMoments) }),
    },
    nodeArguments: faults?.preloads.flatMap(preload) ?? [],
    until: faults === undefined ? 'ready' : 'spawned',
  });
  running.push(server);
  return server;
}

/** A server that consumes nothing has made the database and a project with a key. */
async function setTheScene(): Promise<Scene> {
  const server = await startServer({ environment: { STUDIO_ROLES: 'api' } });
  const project = await createProject(await ApiClient.signedIn(server.url));
  await server.stop(20_000);
  const redis = openRedis(server.redisUrl, 'command');
  connections.push(redis);
  await eventually(
    () => redis.status,
    (status) => status === 'ready',
  );
  const environment = {
    DATABASE_URL: server.databaseUrl,
    OBSERVABILITY_REDIS_URL: server.redisUrl,
    OBSERVABILITY_STREAM_NAME: server.streamName,
  };
  return { environment, projectId: project.id, apiKey: project.apiKey, redis };
}

/** Keeps entries flowing; remembers the traces whose entry Redis acknowledged, and nothing else. */
async function publishAll(scene: Scene, isPaused: () => boolean): Promise<string[]> {
  const streamName = scene.environment['OBSERVABILITY_STREAM_NAME'] ?? '';
  const keyId = parseApiKey(scene.apiKey)?.keyId ?? '';
  const signer = { keyId, streamName, signingKey: deriveSigningKey(scene.apiKey) };
  const acknowledged: string[] = [];
  for (let number = 0; number < ENTRIES; number++) {
    const ids = Array.from({ length: TRACES_PER_ENTRY }, () => randomUUID());
    const now = new Date().toISOString();
    const events = ids.flatMap((trace_id) => [
      { header: { event_type: 'trace_start', trace_id, name: 'run', timestamp: now }, payloads: [] },
      {
        header: {
          event_type: 'observation',
          trace_id,
          observation_id: trace_id,
          name: 'step',
          type: 'SPAN',
          start_time: now,
          end_time: now,
        },
        payloads: [['output', `"${trace_id}"`] as const],
      },
    ]);
    const counters = { accepted: events.length, merged: 0, dropped: {}, config_version: 0 };
    const seq = number * TRACES_PER_ENTRY * 2 + 1;
    const fields = encodeEntry(
      { projectId: scene.projectId, instanceId: 'faulty', seq, counters, sentAt: new Date(), events },
      signer,
    );
    await scene.redis.xadd(streamName, '*', ...fields);
    // Every tenth answer "was lost": the producer sends the same bytes again.
    if (number % 10 === 0) await scene.redis.xadd(streamName, '*', ...fields);
    acknowledged.push(...ids);
    if (isPaused()) await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return acknowledged;
}

interface Findings {
  lost: number;
  unexplained: number;
  doubled: number;
  deadLetters: number;
}

/** Compares what producers were promised with what is in the database; knows nothing of how it got there. */
async function check(scene: Scene, acknowledged: readonly string[]): Promise<Findings> {
  return onServer(scene.environment['DATABASE_URL'] ?? '', async (client) => {
    const rows = async (sql: string): Promise<Record<string, unknown>[]> =>
      (await client.query<Record<string, unknown>>(sql, [scene.projectId])).rows;
    const traces = await rows('SELECT id, observation_count FROM traces WHERE project_id = $1');
    const payloads = await rows(
      'SELECT trace_id, body::text FROM observation_payloads WHERE project_id = $1',
    );
    const whole = new Set(
      payloads
        .filter(({ trace_id, body }) => body === `"${String(trace_id)}"`)
        .map(({ trace_id }) => trace_id),
    );
    const stored = new Set(traces.map(({ id }) => id));
    const promised = new Set<unknown>(acknowledged);
    return {
      lost: acknowledged.filter((id) => !stored.has(id) || !whole.has(id)).length,
      unexplained: traces.filter(({ id }) => !promised.has(id)).length,
      doubled:
        traces.length - stored.size + traces.filter((row) => Number(row['observation_count']) > 1).length,
      deadLetters: (await rows('SELECT FROM dead_letters WHERE project_id IS NOT NULL OR project_id = $1'))
        .length,
    };
  });
}

async function isDrained(scene: Scene): Promise<boolean> {
  return (await scene.redis.xlen(scene.environment['OBSERVABILITY_STREAM_NAME'] ?? '')) === 0;
}

/** Kills the server `KILLS` times at the point while events flow, then lets one finish. */
async function runThroughKills(faults: Faults): Promise<{ scene: Scene; findings: Findings }> {
  const scene = await setTheScene();
  let kills = 0;
  const publishing = publishAll(scene, () => kills < KILLS);
  while (kills < KILLS) {
    const server = await start(scene.environment, faults);
    const end = await server.ended;
    expect(JSON.stringify(end)).toContain('SIGKILL');
    kills++;
  }
  const acknowledged = await publishing;
  const last = await start(scene.environment);
  await eventually(() => isDrained(scene), Boolean, 60_000);
  const marks = 'SELECT FROM trace_rollup_marks';
  const marksLeft = () =>
    onServer(scene.environment['DATABASE_URL'] ?? '', async (client) => (await client.query(marks)).rowCount);
  await eventually(marksLeft, (left) => left === 0, 60_000);
  const findings = await check(scene, acknowledged);
  await last.stop(20_000);
  return { scene, findings };
}

test.each([
  ['after-read', 3],
  ['before-commit', 3],
  ['after-commit', 3],
  ['after-ack', 3],
])(
  `killed ${String(KILLS)} times %s while ${String(EVENTS)} events flow, the server loses and doubles nothing`,
  async (point, afterMoments) => {
    const { scene, findings } = await runThroughKills({
      point,
      afterMoments,
      preloads: ['kill-at-point.js'],
    });
    expect(findings).toEqual({ lost: 0, unexplained: 0, doubled: 0, deadLetters: 0 });
    const stream = scene.environment['OBSERVABILITY_STREAM_NAME'] ?? '';
    const account = await scene.redis.hgetall(`${stream}:account`);
    expect(Number(account['acked'])).toBe(ENTRIES + ENTRIES / 10);
  },
  120_000,
);

test('the same checker finds the loss of a server that acknowledges before it commits', async () => {
  const faults = {
    point: 'before-commit',
    afterMoments: 3,
    preloads: ['acknowledge-first.js', 'kill-at-point.js'],
  };
  const { findings } = await runThroughKills(faults);
  expect(findings.lost).toBeGreaterThan(0);
  expect(findings).toMatchObject({ unexplained: 0, doubled: 0 });
}, 120_000);
