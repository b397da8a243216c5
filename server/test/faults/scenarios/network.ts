import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../../harness/eventually.ts';
import { fact, type Figure, shouldStayBelow } from '../figures.ts';
import { safetyFigures, type Scenario, type ScenarioContext } from '../scenario.ts';
import { EventPump } from '../stage/event-pump.ts';
import type { Replica } from '../stage/replica.ts';
import type { Scene } from '../stage/scene.ts';
import type { TcpProxy } from '../stage/tcp-proxy.ts';

const LATENCY_MS = 40;
const RESETS = 5;
/** A dependency that holds a connection and says nothing is given up after this long at the latest. */
const HALF_OPEN_TARGET_MS = 90_000;
const PROBE_EVERY_MS = 2_000;
/** As many failed probes in a row end a process. */
const PROBES = 3;
const HALF_OPEN_GIVE_UP_MS = 300_000;

export const network: Scenario = {
  name: 'network',
  title: 'latency, resets and half-open connections between server, Redis and PostgreSQL',
  play: (context) => context.stage.play({ isProxied: true }, (scene) => play(scene, context)),
};

async function play(scene: Scene, context: ScenarioContext): Promise<Figure[]> {
  const { proxies } = scene;
  if (proxies === null) throw new Error('The scene has no proxies');
  const replica = await scene.startReplica('one');
  const pump = new EventPump(scene, { events: 30_000 }, 5_000);
  pump.start();
  const figures: Figure[] = [];
  await replica.hasCommitted();
  for (const [name, proxy] of Object.entries(proxies)) {
    figures.push(
      fact(`${name}: batches in 5 s at ${String(2 * LATENCY_MS)} ms round trip`, await slowly(scene, proxy)),
    );
    await resetOften(scene, proxy, context);
    figures.push(...(await halfOpen(scene, name, proxy)));
    context.say(`${name}: slow, reset and half-open, and stored again`);
  }
  await pump.finish();
  await scene.atRest();
  return [...figures, ...(await safetyFigures(scene))];
}

async function slowly(scene: Scene, proxy: TcpProxy): Promise<number> {
  const commits = (): number =>
    scene.replicas.reduce((sum, { life }) => sum + life.moments.times('after-commit'), 0);
  proxy.delay(LATENCY_MS);
  const before = commits();
  await sleep(5_000);
  proxy.delay(0);
  return commits() - before;
}

async function resetOften(scene: Scene, proxy: TcpProxy, { random }: ScenarioContext): Promise<void> {
  for (let reset = 0; reset < RESETS; reset++) {
    await sleep(random.between(100, 1_500));
    await commitsAgain(scene, () => proxy.reset());
  }
}

/** Whoever looks after the process ends it when the probe says so, as in production. */
async function halfOpen(scene: Scene, name: string, proxy: TcpProxy): Promise<Figure[]> {
  const done = new AbortController();
  const guards = scene.replicas.map((replica) => restartWhenDead(replica, done.signal));
  const ms = await commitsAgain(scene, () => proxy.blackHole());
  done.abort();
  const restarts = (await Promise.all(guards)).reduce((sum, count) => sum + count, 0);
  return [
    shouldStayBelow(`${name} half-open, stored again after`, ms, HALF_OPEN_TARGET_MS),
    fact(`${name} half-open, restarts /health/live asked for`, restarts),
  ];
}

async function restartWhenDead(replica: Replica, signal: AbortSignal): Promise<number> {
  let restarts = 0;
  for (let failures = 0; !signal.aborted;) {
    await sleep(PROBE_EVERY_MS, undefined, { signal }).catch(() => undefined);
    const isAlive = await replica.answers('live');
    failures = isAlive ? 0 : failures + 1;
    if (failures < PROBES || signal.aborted) continue;
    await replica.kill();
    await replica.answersReady();
    restarts++;
    failures = 0;
  }
  return restarts;
}

/** @returns ms until something is stored after the fault */
async function commitsAgain(scene: Scene, strike: () => void): Promise<number> {
  strike();
  const struckMs = Date.now();
  const startedAt = performance.now();
  const last = (): number =>
    Math.max(...scene.replicas.map(({ life }) => life.moments.last('after-commit') ?? 0));
  // What was on its way to be committed when the fault struck may still be.
  await eventually(last, (ms) => ms > struckMs + 100, HALF_OPEN_GIVE_UP_MS);
  return performance.now() - startedAt;
}
