import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { createServer } from 'node:http';
import {
  decodeHeartbeat,
  deriveSigningKey,
  HEARTBEAT_STREAM_MAX_LENGTH,
  heartbeatStreamKey,
  type JsonObject,
  verifyFields,
} from '../../src/contract/index.ts';
import { flush, initializeTracing, shutdown, traced } from '../../src/index.ts';
import { freePort } from '../../../server/tools/free-port.ts';
import { ObservedProject, waitUntil } from '../observed-project.ts';

let project: ObservedProject;
let stream: string;
beforeEach(() => {
  project = new ObservedProject(process.env['SWISPER_TEST_REDIS_URL'] ?? '');
  stream = heartbeatStreamKey(project.streamName);
});
afterEach(async () => {
  await shutdown(60_000);
  project.close();
});

/** Heartbeats on the stream, and whether each is signed with the project's key. */
async function beats(): Promise<{ beat: JsonObject; isSigned: boolean }[]> {
  return (await project.redis.xrangeBuffer(stream, '-', '+')).map(([, flat]) => {
    const fields = new Map<string, Buffer>();
    for (let at = 0; at + 1 < flat.length; at += 2)
      fields.set(String(flat[at]), flat[at + 1] ?? Buffer.alloc(0));
    const decoded = decodeHeartbeat(fields);
    if (!decoded.ok) throw new Error(decoded.detail);
    return { beat: decoded.beat, isSigned: verifyFields(stream, fields, deriveSigningKey(project.apiKey)) };
  });
}

test('a process that reaches Redis only beats there in the interval, signed, and says goodbye', async () => {
  project.initialize({ version: '1.2.3', environment: 'staging', heartbeatIntervalSeconds: 1 });
  traced('f', () => 1)();
  await flush(60_000);
  await project.switchTo(4, true, 'told');
  await waitUntil(async () => (await beats()).some(({ beat }) => beat['config_version'] === 4));
  await shutdown(60_000);
  const all = await beats();
  expect(all.every(({ isSigned }) => isSigned)).toBe(true);
  expect(all.map(({ beat }) => beat['beat_no'])).toEqual(all.map((_, at) => at + 1));
  expect(all[0]?.beat).toMatchObject({
    project_id: project.projectId,
    status: 'connected',
    environment: 'staging',
    version: '1.2.3',
    sdk_version: '0.1.0',
    interval_seconds: 1,
    started_at: all[1]?.beat['started_at'],
  });
  const [entry] = await project.entries();
  expect(all.at(-1)?.beat).toMatchObject({
    status: 'disconnected',
    instance_id: entry?.instanceId,
    counters: { accepted: 4, merged: 1, dropped: {}, config_version: 4 },
    config_version: 4,
  });
});

test('without a key it is not signed, and with the interval 0 there is none', async () => {
  const { apiKey: _key, ...without } = project.options;
  initializeTracing({ ...without, heartbeatIntervalSeconds: 60 });
  await waitUntil(async () => (await beats()).length === 1);
  await shutdown(60_000);
  expect((await beats()).map(({ beat, isSigned }) => [beat['status'], isSigned])).toEqual([
    ['connected', false],
    ['disconnected', false],
  ]);
  initializeTracing({ ...without, heartbeatIntervalSeconds: 0 });
  traced('f', () => 1)();
  await flush(60_000);
  await shutdown(60_000);
  expect(await beats()).toHaveLength(2);
});

test('where the server refuses the connection the stream is the way, and HTTP again as soon as it answers', async () => {
  const overHttp: number[] = [];
  const server = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk: Buffer) => (text += chunk.toString()));
    request.on('end', () => {
      overHttp.push((JSON.parse(text) as { beat_no: number }).beat_no);
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"status":"ok"}');
    });
  });
  const port = await freePort();
  project.initialize({ apiUrl: `http://127.0.0.1:${String(port)}`, heartbeatIntervalSeconds: 1 });
  await waitUntil(async () => (await beats()).length >= 2);
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  await waitUntil(() => overHttp.length >= 2);
  const onStream = (await beats()).map(({ beat }) => Number(beat['beat_no']));
  expect(Math.min(...overHttp)).toBeGreaterThan(Math.max(...onStream));
  await shutdown(60_000);
  expect(await beats()).toHaveLength(onStream.length);
  server.closeAllConnections();
  server.close();
});

test('the stream of heartbeats does not grow for ever', async () => {
  const pipeline = project.redis.pipeline();
  for (let at = 0; at < HEARTBEAT_STREAM_MAX_LENGTH + 1000; at++) pipeline.xadd(stream, '*', 'v', '0');
  await pipeline.exec();
  project.initialize({ heartbeatIntervalSeconds: 60 });
  await waitUntil(async () => (await project.redis.xlen(stream)) <= HEARTBEAT_STREAM_MAX_LENGTH + 100);
  await shutdown(60_000);
});
