import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { ApiClient, createProject } from '../harness/api-client.ts';
import { eventually } from '../harness/eventually.ts';
import { sharedRedisUrl, uniqueStream } from '../harness/services.ts';
import { type AppInProcess, startInProcess } from './app-in-process.ts';

const stream = uniqueStream();
const redis = new Redis(sharedRedisUrl());
let replicas: AppInProcess[];
let person: ApiClient;
let id: string;

beforeAll(async () => {
  const first = await startInProcess({ OBSERVABILITY_STREAM_NAME: stream, STUDIO_ROLES: 'api,consumer' });
  const second = await startInProcess({
    DATABASE_URL: first.databaseUrl,
    OBSERVABILITY_STREAM_NAME: stream,
    STUDIO_ROLES: 'api,consumer',
  });
  replicas = [first, second];
  person = await ApiClient.signedIn(first.url);
});
afterAll(async () => {
  for (const replica of replicas) await replica.close();
  redis.disconnect();
});
beforeEach(async () => {
  id = (await createProject(person)).id;
});

/** An event of an older SDK, which does not know of the switch. */
async function send(type: 'trace_start' | 'trace_end', traceId: string): Promise<void> {
  const fields = ['event_type', type, 'trace_id', traceId, 'project_id', id];
  const data = type === 'trace_start' ? { name: 'old' } : { output: { done: true } };
  await redis.xadd(
    stream,
    '*',
    ...fields,
    'timestamp',
    String(Date.now() / 1000),
    'data',
    JSON.stringify(data),
  );
}

const turn = (enabled: boolean) => person.patch(`/projects/${id}/tracing`, { tracing_enabled: enabled });

async function drained(): Promise<void> {
  await eventually(
    () => redis.xlen(stream),
    (length) => length === 0,
  );
}

/** Stored traces, and whether their end is. */
async function stored(): Promise<Record<string, boolean>> {
  const rows = await replicas[0]?.database.query<{ id: string; ended: boolean }[]>(
    'SELECT id, end_time IS NOT NULL AS ended FROM traces WHERE project_id = $1',
    [id],
  );
  return Object.fromEntries((rows ?? []).map((row) => [row.id, row.ended]));
}

describe('what an older SDK sends', () => {
  test('is stored to the end of traces begun while on, and dropped to the end of those begun while off', async () => {
    const [before, during, after] = [randomUUID(), randomUUID(), randomUUID()];
    await send('trace_start', before);
    await drained();
    await turn(false);
    await send('trace_start', during);
    await send('trace_end', before);
    await drained();
    await turn(true);
    await send('trace_end', during);
    await send('trace_start', after);
    await send('trace_end', after);
    await drained();
    expect(await stored()).toEqual({ [before]: true, [after]: true });
  });

  test('is judged by when it came, not by when it is stored', async () => {
    const traces: { traceId: string; wasOn: boolean }[] = [];
    for (let round = 0; round < 10; round += 1) {
      for (const wasOn of [true, false]) {
        await turn(wasOn);
        for (let trace = 0; trace < 5; trace += 1) {
          const traceId = randomUUID();
          traces.push({ traceId, wasOn });
          await send('trace_start', traceId);
        }
      }
    }
    await turn(true);
    // A start that one replica has not stored yet may be overtaken by an end that the other has.
    await drained();
    for (const { traceId } of traces) await send('trace_end', traceId);
    await drained();
    const kept = traces.filter(({ wasOn }) => wasOn).map(({ traceId }) => [traceId, true]);
    expect(await stored()).toEqual(Object.fromEntries(kept));
    const [account] = (await replicas[0]?.database.query<Record<string, unknown>[]>(
      'SELECT * FROM event_totals WHERE project_id = $1',
      [id],
    )) ?? [{}];
    expect(account).toMatchObject({ received: '200', stored: '100', switched_off: { off: 100 } });
  });
});
