import { eventually } from '../../harness/eventually.ts';
import { fact, type Figure, mustBe, mustHold } from '../figures.ts';
import { safetyFigures, type Scenario, type ScenarioContext } from '../scenario.ts';
import { EventPump } from '../stage/event-pump.ts';
import type { Scene } from '../stage/scene.ts';

const MB = 1024 * 1024;
const FROZEN_MS = 8_000;
const UNREAD_ENTRIES = 100;

export const redisTrouble: Scenario = {
  name: 'redis',
  title: 'Redis and a consumer frozen (SIGSTOP), Redis out of memory, FLUSHALL',
  play: async (context) => [
    fact('FROZEN', ''),
    ...(await context.stage.play({}, (scene) => playFrozen(scene, context))),
    fact('OUT OF MEMORY', ''),
    ...(await context.stage.play({}, (scene) => playFull(scene, context))),
    fact('FLUSHED', ''),
    ...(await context.stage.play({}, (scene) => playFlushed(scene, context))),
  ],
};

/** One consumer stops in the middle of its work while the other takes it over, then goes on as if nothing had been. */
async function playFrozen(scene: Scene, { say, stage }: ScenarioContext): Promise<Figure[]> {
  const [first] = [await scene.startReplica('one'), await scene.startReplica('two')];
  const pump = new EventPump(scene, { events: 20_000 }, 5_000);
  pump.start();
  await first.hasCommitted();
  await first.freeze(FROZEN_MS);
  say('a consumer was frozen');
  await stage.redis.freeze(FROZEN_MS);
  say('Redis was frozen');
  const thawedMs = Date.now();
  await eventually(
    () => first.life.moments.last('after-commit') ?? 0,
    (ms) => ms > thawedMs,
    600_000,
  );
  await pump.finish();
  await scene.atRest();
  return safetyFigures(scene);
}

/** Redis refuses to grow: producers keep what they have, consumers must still read, acknowledge and remove. */
async function playFull(scene: Scene, { say }: ScenarioContext): Promise<Figure[]> {
  const used = Number(/used_memory:(\d+)/.exec(await scene.redis.info('memory'))?.[1]);
  await scene.redis.config('SET', 'maxmemory', String(used + 4 * MB));
  try {
    scene.startProducers({ events: 30_000, payloadBytes: 600, maxWaitingEntries: 100_000 });
    const refusals = async (): Promise<number> =>
      Number(/errorstat_OOM:count=(\d+)/.exec(await scene.redis.info('errorstats'))?.[1] ?? 0);
    await eventually(refusals, (count) => count > 0, 600_000);
    say('Redis is full');
    await scene.startReplica('draining');
    await scene.producersEnded(600_000);
    await scene.atRest();
    return [
      fact('writes Redis refused for want of memory', await refusals()),
      ...(await safetyFigures(scene)),
    ];
  } finally {
    await scene.redis.config('SET', 'maxmemory', '0');
  }
}

/** Everything in Redis is gone: what nobody had read is lost, and exactly that is reported as missing. */
async function playFlushed(scene: Scene, { say }: ScenarioContext): Promise<Figure[]> {
  const replicas = [await scene.startReplica('one'), await scene.startReplica('two')];
  const pump = new EventPump(scene, { events: 20_000 }, UNREAD_ENTRIES * 100);
  pump.start();
  for (const replica of replicas) {
    await replica.hasCommitted();
    replica.leave();
    await replica.kill();
  }
  await eventually(
    () => scene.counts(),
    ({ waiting }) => waiting >= UNREAD_ENTRIES,
    600_000,
  );
  await scene.redis.flushall();
  say('Redis was flushed');
  for (const replica of replicas) replica.bringBack();
  for (const replica of replicas) await replica.hasCommitted();
  await pump.finish();
  await scene.atRest();
  const findings = await scene.check();
  const { events } = await scene.accounts(findings.lost);
  return [
    mustHold('events truly lost', String(findings.lost), '> 0', findings.lost > 0),
    mustBe('events reported missing', events.missing, findings.lost),
    mustBe('doubled rows', findings.doubled, 0),
    mustBe('extra rows', findings.extraRows, 0),
    mustBe('unexplained payloads and dead letters', findings.unexplained, 0),
  ];
}
