import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../../harness/eventually.ts';
import { fact, type Figure, mustBe, shouldStayBelow } from '../figures.ts';
import { safetyFigures, type Scenario, type ScenarioContext } from '../scenario.ts';
import type { Replica } from '../stage/replica.ts';
import type { Scene } from '../stage/scene.ts';

const DOWN_MS = 60_000;
const RESTARTS = 10;
const BEFORE_MS = 5_000;
const AFTER_MS = 5_000;

export const outage: Scenario = {
  name: 'outage',
  title: `PostgreSQL down ${String(DOWN_MS / 1000)} s while events come in, ${String(RESTARTS)} consumer restarts meanwhile`,
  play: (context) => context.stage.play({}, (scene) => play(scene, context)),
};

async function play(
  scene: Scene,
  { eventsPerSecond, random, stage, say }: ScenarioContext,
): Promise<Figure[]> {
  const replicas = [await scene.startReplica('one'), await scene.startReplica('two')];
  for (const replica of replicas) await replica.answersReady();
  const seconds = (BEFORE_MS + DOWN_MS + AFTER_MS) / 1_000;
  scene.startProducers({
    events: eventsPerSecond * seconds,
    eventsPerSecond,
    maxWaitingEntries: 1_000_000,
  });
  await sleep(BEFORE_MS);
  await stage.postgres.stopImmediately();
  say('PostgreSQL is down');
  const downSince = performance.now();
  const deaths = await restartsWhile(replicas, downSince, () => random.pick(replicas));
  await stage.postgres.startAgain();
  const backMs = Date.now();
  const waiting = (await scene.counts()).waiting;
  say(`PostgreSQL is back after ${String(Math.round(performance.now() - downSince))} ms`);
  const last = (): number => Math.max(...replicas.map(({ life }) => life.moments.last('after-commit') ?? 0));
  await eventually(last, (ms) => ms > backMs, 600_000);
  const resumedMs = Math.min(
    ...replicas.flatMap(({ life }) => firstAfter(life.moments.last('after-commit'), backMs)),
  );
  await scene.producersEnded();
  await scene.atRest(600_000);
  return [
    fact('events per second', eventsPerSecond),
    fact('entries that waited when it came back', waiting),
    mustBe('consumer restarts during the outage', deaths, RESTARTS),
    shouldStayBelow('back to first commit', resumedMs, 5_000),
    ...(await safetyFigures(scene)),
  ];
}

const firstAfter = (ms: number | null, since: number): number[] =>
  ms !== null && ms > since ? [ms - since] : [];

/** Kills one after the other, evenly spread over the outage. */
async function restartsWhile(
  replicas: readonly Replica[],
  downSince: number,
  pick: () => Replica,
): Promise<number> {
  const before = replicas.reduce((sum, { lives }) => sum + lives.length, 0);
  for (let restart = 1; restart <= RESTARTS; restart++) {
    await sleep(Math.max(0, downSince + (DOWN_MS * restart) / (RESTARTS + 1) - performance.now()));
    await pick().kill();
  }
  await sleep(Math.max(0, downSince + DOWN_MS - performance.now()));
  return replicas.reduce((sum, { lives }) => sum + lives.length, 0) - before;
}
