import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { flush, getCurrentTraceId, initializeTracing, shutdown, traced } from 'swisper-studio';
import { TracingNews } from '../../src/tracing-config/tracing-news.ts';
import { TcpProxy } from '../faults/stage/tcp-proxy.ts';
import { eventually } from '../harness/eventually.ts';
import { TracesScene } from './traces-scene.ts';

/** Not told, it would be the end of a wait of 25 s. Goal: 1 s. */
const TOLD_MS = 22_000;
const RUNS = 200;

let scene: TracesScene;
let network: TcpProxy;
beforeAll(async () => {
  scene = await TracesScene.start();
  network = await TcpProxy.open(Number(new URL(scene.studio.url).port));
});
afterEach(() => shutdown(1000));
afterAll(async () => {
  await network.close();
  await scene.studio.close();
});

const initialize = (): void =>
  initializeTracing({
    apiUrl: `http://127.0.0.1:${String(network.port)}`,
    apiKey: scene.project.apiKey,
    projectId: scene.project.id,
    logger: { info: () => undefined, warn: () => undefined, error: () => undefined },
  });

const step = traced('step', (n: number) => Promise.resolve({ n }));
const run = traced('run', async (n: number) => {
  await step(n);
  return n;
});
const isTraced = (): boolean => traced('probe', () => getCurrentTraceId() !== undefined)();

const rowOf = async (sql: string): Promise<Record<string, unknown>> => {
  const rows = await scene.studio.database.query<Record<string, unknown>[]>(sql, [scene.project.id]);
  return rows[0] ?? {};
};

test('what is traced with an HTTP URL alone is stored once, whatever breaks on the way, and no number is missing', async () => {
  initialize();
  for (let n = 0; n < RUNS; n += 1) {
    await run(n);
    // Answers are lost with their connections: what was taken comes again.
    if (n % 20 === 10) {
      network.reset();
      await flush(100);
    }
  }
  await eventually(() => flush(1000), Boolean);
  const stored = await eventually(
    () =>
      rowOf(
        'SELECT (SELECT count(*) FROM traces WHERE project_id = $1 AND end_time IS NOT NULL)::int AS traces, ' +
          '(SELECT count(*) FROM observations WHERE project_id = $1)::int AS steps',
      ),
    ({ traces, steps }) => traces === RUNS && steps === RUNS * 2,
  );
  expect(stored).toEqual({ traces: RUNS, steps: RUNS * 2 });
  const progress = await rowOf(
    'SELECT seen::text, instance_id FROM producer_progress WHERE project_id = $1 AND upper(seen) > 1',
  );
  expect(progress['seen']).toMatch(/^\{\[1,\d+\)\}$/);
  const [item] = await scene.items('/traces?limit=1');
  expect(item).toMatchObject({ name: 'run', instance_id: progress['instance_id'] });
});

test('the switch reaches it at once in both directions, and stays off with the server gone', async () => {
  initialize();
  expect(isTraced()).toBe(true);
  const turn = async (enabled: boolean): Promise<number> => {
    await eventually(
      () => scene.studio.app.get(TracingNews).held,
      (held) => held > 0,
    );
    const turnedAt = performance.now();
    await scene.person.patch(`/projects/${scene.project.id}/tracing`, { tracing_enabled: enabled });
    await eventually(isTraced, (is) => is === enabled);
    return performance.now() - turnedAt;
  };
  for (const enabled of [false, true, false]) expect(await turn(enabled)).toBeLessThan(TOLD_MS);
  await network.close();
  await new Promise((resolve) => setTimeout(resolve, 1000));
  expect(isTraced()).toBe(false);
});
