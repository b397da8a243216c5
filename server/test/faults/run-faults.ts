import { parseArgs } from 'node:util';
import { FaultStage } from './stage/fault-stage.ts';
import { Chaos } from './scenarios/chaos.ts';
import { SeededRandom } from './seeded-random.ts';

const { values } = parseArgs({ options: { events: { type: 'string' }, seed: { type: 'string' } } });
const stage = await FaultStage.open('durable');
await stage.play({}, async (scene) => {
  const report = await Chaos.play(scene, {
    production: { events: Number(values.events ?? 100000), maxWaitingEntries: 400 },
    consumerKills: 6,
    redisKills: 1,
    postgresStops: 1,
    random: new SeededRandom(Number(values.seed ?? 1)),
    say: console.log,
  });
  console.log(report, await scene.check(), await scene.counts());
});
await stage.close({ keepLogs: false });
