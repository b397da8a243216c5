import { setTimeout as sleep } from 'node:timers/promises';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { eventually } from '../../harness/eventually.ts';
import { type Figure, mustBe, mustHold } from '../figures.ts';
import { safetyFigures, type Scenario, type ScenarioContext } from '../scenario.ts';
import type { Replica } from '../stage/replica.ts';
import type { Scene } from '../stage/scene.ts';

const SEEN_WITHIN_MS = 90_000;
/** Longer than a wedged loop may stay unseen. */
const LOCKED_MS = 100_000;
const PROBE_EVERY_MS = 1_000;
/** A probe that is not answered in this time has failed, as Kubernetes would see it. */
const PROBE_TIMEOUT_MS = 5_000;

export const liveness: Scenario = {
  name: 'liveness',
  title: '/health/live tells a wedged consumer from a slow database',
  play: async (context) => {
    const wedged = await context.stage.play({}, (scene) => playWedged(scene, context));
    return [...wedged, ...(await context.stage.play({}, (scene) => playLocked(scene, context)))];
  },
};

/** Storing never ends any more: the probe has to say so, and the process that follows stores everything. */
async function playWedged(scene: Scene, { say }: ScenarioContext): Promise<Figure[]> {
  const wedgeFile = join(scene.folder, 'wedge');
  const environment = { FAULT_WEDGE_FILE: wedgeFile };
  const replica = await scene.startReplica('wedged', { preloads: ['wedge.js'], environment });
  scene.startProducers({ events: 200_000, eventsPerSecond: 500, maxWaitingEntries: 100_000 });
  await replica.hasCommitted();
  writeFileSync(wedgeFile, '');
  const startedAt = performance.now();
  const isSeen = await untilDead(replica, SEEN_WITHIN_MS);
  const seconds = Math.round((performance.now() - startedAt) / 1000);
  say(`wedged: ${isSeen ? 'seen' : 'not seen'} after ${String(seconds)} s`);
  return [
    mustHold(
      'wedged loop seen by /health/live after',
      isSeen ? `${String(seconds)} s` : 'never',
      `< ${String(SEEN_WITHIN_MS / 1000)} s`,
      isSeen,
    ),
  ];
}

async function untilDead(replica: Replica, withinMs: number): Promise<boolean> {
  const isDead = async (): Promise<boolean> => !(await replica.answers('live', PROBE_TIMEOUT_MS));
  return eventually(isDead, Boolean, withinMs).catch(() => false);
}

/** A lock on the rows' table holds every batch up: nothing is wedged, and nothing may be lost or refused. */
async function playLocked(scene: Scene, { say }: ScenarioContext): Promise<Figure[]> {
  const replica = await scene.startReplica('waiting');
  scene.startProducers({ events: 200_000, eventsPerSecond: 500, maxWaitingEntries: 100_000 });
  await replica.hasCommitted();
  const locker = new pg.Client({ connectionString: scene.databaseUrl });
  await locker.connect();
  let failedProbes = 0;
  try {
    await locker.query('BEGIN; LOCK TABLE traces IN ACCESS EXCLUSIVE MODE');
    const untilMs = performance.now() + LOCKED_MS;
    while (performance.now() < untilMs) {
      if (!(await replica.answers('live', PROBE_TIMEOUT_MS))) failedProbes++;
      await sleep(PROBE_EVERY_MS);
    }
  } finally {
    await locker.end();
  }
  say(`locked for ${String(LOCKED_MS / 1000)} s: ${String(failedProbes)} failed probes`);
  await scene.stopProducers();
  await scene.atRest();
  return [
    mustBe(
      `/health/live failures while a table is locked for ${String(LOCKED_MS / 1000)} s`,
      failedProbes,
      0,
    ),
    mustBe('restarts meanwhile', replica.lives.length - 1, 0),
    ...(await safetyFigures(scene)),
  ];
}
