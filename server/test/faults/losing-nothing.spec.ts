import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { failingsOf } from './oracle/findings.ts';
import { Chaos } from './scenarios/chaos.ts';
import { trimUnderBacklog } from './scenarios/fuse.ts';
import { NEGATIVE_CONTROLS, playControl } from './scenarios/negative-controls.ts';
import { terminateUnderLoad } from './scenarios/sigterm.ts';
import { SeededRandom } from './seeded-random.ts';
import { FaultStage } from './stage/fault-stage.ts';
import { EVENTS_PER_ENTRY, type Scene } from './stage/scene.ts';

/** The short form of `npm run faults`: the same parts, fewer faults, no figures. */
const SEED = 3;
const silent = (): void => undefined;

let stage: FaultStage;
beforeAll(async () => {
  stage = await FaultStage.open('throwaway');
});
afterAll(() => stage.close({ keepLogs: false }));

async function expectNothingLost(scene: Scene): Promise<void> {
  const findings = await scene.check();
  expect(failingsOf(findings)).toEqual({});
  expect(findings.stored + findings.refused).toBe(findings.promised);
  const { entries, problems } = await scene.accounts(0);
  expect(problems).toEqual([]);
  expect(entries).toEqual({ added: entries.acked, acked: entries.acked, waiting: 0, lost: 0 });
}

test('consumers, Redis and PostgreSQL are killed under load, and nothing is lost or doubled', async () => {
  await stage.play({}, async (scene) => {
    await Chaos.play(scene, {
      production: { events: 20_000 },
      consumerKills: 6,
      redisKills: 1,
      postgresStops: 1,
      random: new SeededRandom(SEED),
      say: silent,
    });
    await expectNothingLost(scene);
  });
}, 1_800_000);

test('asked to end under load, a consumer ends with 0 and loses nothing', async () => {
  await stage.play({}, async (scene) => {
    const random = new SeededRandom(SEED);
    const { codes } = await terminateUnderLoad(scene, 3, () => random.between(0, 1), silent);
    expect(codes).toEqual([0, 0, 0]);
    await scene.atRest();
    await expectNothingLost(scene);
  });
}, 1_800_000);

test('what MAXLEN takes away unread is reported exactly, in entries and in events', async () => {
  await stage.play({}, async (scene) => {
    const { findings, accounts } = await trimUnderBacklog(scene);
    expect(findings.lost).toBeGreaterThan(0);
    expect(accounts.events.missing).toBe(findings.lost);
    expect(accounts.entries.lost).toBe(findings.lost / EVENTS_PER_ENTRY);
    expect(accounts.problems).toEqual([]);
  });
}, 1_800_000);

test('the same checker finds what mistakes made on purpose lose and double', async () => {
  const left = [...NEGATIVE_CONTROLS];
  const unseen: string[] = [];
  const playOn = async (): Promise<void> => {
    for (let control = left.shift(); control !== undefined; control = left.shift()) {
      const findings = await playControl(stage, control);
      if (findings[control.shows] === 0) unseen.push(control.name);
    }
  };
  // All at once would be five servers and ten producers.
  await Promise.all([playOn(), playOn()]);
  expect(unseen).toEqual([]);
}, 1_800_000);
