import { setTimeout as sleep } from 'node:timers/promises';
import { fact, type Figure, quantile, shouldStayBelow } from '../figures.ts';
import { safetyFigures, type Scenario, type ScenarioContext } from '../scenario.ts';
import type { Replica } from '../stage/replica.ts';
import type { Scene } from '../stage/scene.ts';

const BACKLOG_EVENTS = 60_000;
const KILLS = 20;
/** Of the drain rate of the same run. */
const LOAD = 0.5;
const SECONDS_PER_KILL = 5;

export const recovery: Scenario = {
  name: 'recovery',
  title: `one consumer killed ${String(KILLS)} times at half of its drain rate: spawn to first commit`,
  play: (context) => context.stage.play({}, (scene) => play(scene, context)),
};

async function play(scene: Scene, { random, say }: ScenarioContext): Promise<Figure[]> {
  const drainRate = await measureDrain(scene);
  const load = drainRate * LOAD;
  say(`drains ${String(Math.round(drainRate))} events/s`);
  const consumer = await scene.startReplica('only');
  await consumer.answersReady();
  scene.startProducers({
    events: load * SECONDS_PER_KILL * KILLS * 3,
    eventsPerSecond: load,
    maxWaitingEntries: 100_000,
  });
  const recoveriesMs: number[] = [];
  for (let kill = 1; kill <= KILLS; kill++) {
    await consumer.hasCommitted();
    await caughtUp(scene);
    await sleep(random.between(0, 1_000));
    await consumer.kill();
    await consumer.hasCommitted();
    const { spawnedAtMs, moments } = consumer.life;
    const ms = (moments.first('after-commit') ?? NaN) - spawnedAtMs;
    recoveriesMs.push(ms);
    say(`kill ${String(kill)}: back after ${String(ms)} ms`);
  }
  await scene.stopProducers();
  await scene.atRest();
  return [
    fact('drain rate, events/s', drainRate),
    fact('load, events/s', load),
    fact('recovery, ms, median', quantile(recoveriesMs, 0.5)),
    shouldStayBelow('recovery, p99', quantile(recoveriesMs, 0.99), 2_000),
    shouldStayBelow('recovery, max', Math.max(...recoveriesMs), 5_000),
    ...(await safetyFigures(scene)),
  ];
}

/** A backlog, then one consumer: events per second between its first commit and its last. */
async function measureDrain(scene: Scene): Promise<number> {
  scene.startProducers({ events: BACKLOG_EVENTS, maxWaitingEntries: 100_000, resendEvery: 0 });
  await scene.producersEnded();
  const consumer: Replica = await scene.startReplica('draining');
  await scene.atRest();
  const { moments } = consumer.life;
  const ms = (moments.last('after-commit') ?? NaN) - (moments.first('after-commit') ?? NaN);
  consumer.leave();
  await consumer.terminate();
  return (BACKLOG_EVENTS / ms) * 1_000;
}

/** Little waits: what the process is killed with is what came in since it last looked. */
async function caughtUp(scene: Scene): Promise<void> {
  while ((await scene.counts()).waiting > 40) await sleep(50);
}
