import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { failingsOf } from './oracle/findings.ts';
import { Chaos } from './scenarios/chaos.ts';
import { SeededRandom } from './seeded-random.ts';
import { FaultStage } from './stage/fault-stage.ts';

const SEED = 3;

let stage: FaultStage;
beforeAll(async () => {
  stage = await FaultStage.open('throwaway');
}, 120_000);
afterAll(() => stage.close({ keepLogs: false }));

test('two consumers lose and double nothing while they, Redis and PostgreSQL are killed under load', async () => {
  await stage.play({}, async (scene) => {
    const report = await Chaos.play(scene, {
      production: { events: 40_000, maxWaitingEntries: 300 },
      consumerKills: 6,
      redisKills: 1,
      postgresStops: 1,
      random: new SeededRandom(SEED),
      say: (line) => process.env['FAULT_TRACE'] && process.stderr.write(`${line}\n`),
    });
    const findings = await scene.check();
    expect(failingsOf(findings)).toEqual({});
    expect(findings).toMatchObject({ promised: 40_000, stored: 39_960, refused: 40 });
    expect(report.leastInFlight).toBeGreaterThan(0);
  });
}, 300_000);
