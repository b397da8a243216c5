import { afterEach, describe, expect, test } from '@jest/globals';
import { createServer, type Server } from 'node:http';
import { shutdown, traced, flush } from '../../src/index.ts';
import { ObservedProject, waitUntil } from '../observed-project.ts';

interface Beat {
  path: string;
  apiKey: unknown;
  body: Record<string, unknown>;
}

/** A server that notes every heartbeat and answers as told; `status` 0: never. */
class Studio {
  readonly beats: Beat[] = [];
  status = 200;
  answer: object = { status: 'ok', message: 'Heartbeat received' };
  private readonly server: Server = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk: Buffer) => (text += chunk.toString()));
    request.on('end', () => {
      this.beats.push({
        path: request.url ?? '',
        apiKey: request.headers['x-api-key'],
        body: JSON.parse(text) as Record<string, unknown>,
      });
      if (this.status !== 0)
        response
          .writeHead(this.status, { 'content-type': 'application/json' })
          .end(JSON.stringify(this.answer));
    });
  });

  listen(): Promise<string> {
    return new Promise((resolve) => {
      this.server.listen(0, '127.0.0.1', () => {
        const address = this.server.address();
        resolve(`http://127.0.0.1:${String(typeof address === 'object' ? address?.port : '')}`);
      });
    });
  }

  close(): void {
    this.server.closeAllConnections();
    this.server.close();
  }
}

let studio: Studio | undefined;
let project: ObservedProject | undefined;

async function start(
  options: {
    status?: number;
    answer?: object;
    heartbeatIntervalSeconds?: number;
    verifyConnectivity?: boolean;
  } = {},
) {
  const { status, answer, ...rest } = options;
  studio = new Studio();
  studio.status = status ?? 200;
  if (answer !== undefined) studio.answer = answer;
  project = new ObservedProject(process.env['SWISPER_TEST_REDIS_URL'] ?? '');
  const apiUrl = await studio.listen();
  project.initialize({ apiUrl, version: '1.2.3', environment: 'staging', ...rest });
  return {
    studio,
    project,
    apiUrl,
    said: () => project?.log.lines.filter((line) => !line.includes('Redis')) ?? [],
  };
}

afterEach(async () => {
  studio?.close();
  await shutdown(60_000);
  project?.close();
});

describe('at start', () => {
  test.each([
    [200, ['info ✅ SwisperStudio connectivity verified', 'info    Project registered and active']],
    [401, ['error ❌ SwisperStudio API key invalid', 'error    Check SWISPER_STUDIO_API_KEY configuration']],
    [503, ['warn ⚠️ SwisperStudio responded with 503', 'warn    Tracing enabled but connectivity uncertain']],
  ])('an answer %d is told literally, after the start lines', async (status, lines) => {
    const { said, apiUrl, project: own } = await start({ status });
    await waitUntil(() => said().length >= 5);
    expect(said()).toEqual([
      'info ✅ SwisperStudio tracing initialized',
      `info    URL: ${apiUrl}`,
      `info    Project ID: ${own.projectId}`,
      ...lines,
    ]);
  });

  test('a project that does not exist, a silent server and a missing one are told apart', async () => {
    const missing = await start({ status: 404 });
    await waitUntil(() => missing.said().length >= 5);
    expect(missing.said().slice(3)).toEqual([
      'error ❌ SwisperStudio project not found',
      `error    Project ID ${missing.project.projectId} does not exist`,
    ]);
    missing.studio.close();
    await shutdown(60_000);
    missing.project.close();

    const silent = await start({ status: 0 });
    await waitUntil(() => silent.said().length >= 5);
    expect(silent.said().slice(3)).toEqual([
      'warn ⚠️ SwisperStudio health check timeout (3s)',
      'warn    Tracing enabled - will retry on first trace',
    ]);
    silent.studio.close();
    await shutdown(60_000);

    silent.project.log.lines.length = 0;
    silent.project.initialize({ apiUrl: silent.apiUrl });
    await waitUntil(() => silent.said().length >= 6);
    expect(silent.said().slice(3)).toEqual([
      `warn ⚠️ SwisperStudio not reachable at ${silent.apiUrl}`,
      'warn    Ensure SwisperStudio is running and accessible',
      'warn    Tracing enabled - will function when available',
    ]);
  });
});

describe('a heartbeat', () => {
  test('says who beats and what was counted, in the interval, and disconnected at the end', async () => {
    const { studio: server, project: own } = await start({ heartbeatIntervalSeconds: 1 });
    traced('f', () => 1)();
    await flush(60_000);
    await waitUntil(() => server.beats.length >= 3);
    await shutdown(60_000);
    const [first, second] = server.beats;
    expect(first).toMatchObject({
      path: '/api/v1/projects/heartbeat',
      apiKey: own.apiKey,
      body: {
        project_id: own.projectId,
        status: 'connected',
        environment: 'staging',
        version: '1.2.3',
        sdk_version: '0.1.0',
        interval_seconds: 1,
        beat_no: 1,
        host: expect.any(String) as unknown,
        config_version: 0,
      },
    });
    const [entry] = await own.entries();
    expect(second?.body).toMatchObject({
      beat_no: 2,
      instance_id: entry?.instanceId,
      started_at: first?.body['started_at'],
      counters: { accepted: 4, merged: 1, dropped: {} },
    });
    expect(server.beats.at(-1)?.body).toMatchObject({
      status: 'disconnected',
      instance_id: entry?.instanceId,
    });
    const count = server.beats.length;
    await new Promise((resolve) => setTimeout(resolve, 1200));
    expect(server.beats).toHaveLength(count);
  });

  test('is sent again soon when the server was away, not only after the interval', async () => {
    const { studio: server } = await start({ status: 503, heartbeatIntervalSeconds: 60 });
    await waitUntil(() => server.beats.length >= 1);
    server.status = 200;
    await waitUntil(() => server.beats.length >= 2);
    // The second took the other way.
    expect(server.beats.map(({ body }) => body['beat_no'])).toEqual([1, 3]);
  });

  test('brings the switch where pub/sub does not', async () => {
    const { said, project: own } = await start({
      answer: { status: 'ok', config_version: 4, tracing_enabled: false },
    });
    await waitUntil(() => said().length >= 5);
    traced('off', () => 1)();
    await flush(60_000);
    expect(await own.events()).toEqual([]);
  });

  test('is silent when it is told nothing is to be verified, and absent when the interval is 0', async () => {
    const { studio: server, said } = await start({ verifyConnectivity: false, heartbeatIntervalSeconds: 0 });
    await new Promise((resolve) => setTimeout(resolve, 300));
    await shutdown(60_000);
    expect(server.beats).toEqual([]);
    expect(said()).toHaveLength(3);
  });

  test('comes from what remains only, where the SDK is initialised anew or shut down in the same tick', async () => {
    const { studio: server, project: own, apiUrl } = await start();
    own.initialize({ apiUrl });
    await waitUntil(() => server.beats.length > 0);
    await shutdown(60_000);
    own.initialize({ apiUrl });
    await shutdown(60_000);
    const beats = server.beats.map(({ body }) => [body['instance_id'], body['status']]);
    expect(new Set(beats.map(([instance]) => instance)).size).toBe(1);
    expect(beats.map(([, status]) => status)).toEqual(['connected', 'disconnected']);
  });
});
