import { fact, type Figure, shouldStayBelow } from '../figures.ts';
import { eventually } from '../../harness/eventually.ts';
import { safetyFigures, type Scenario, type ScenarioContext } from '../scenario.ts';
import { EventPump } from '../stage/event-pump.ts';
import type { Replica } from '../stage/replica.ts';
import type { Scene } from '../stage/scene.ts';

const ROUNDS = 5;
const NAMES = ['one', 'two'];

export const takeover: Scenario = {
  name: 'takeover',
  title: `one of two consumers dies with entries in hand and stays dead, ${String(ROUNDS)} times: until the other has stored them`,
  play: (context) => context.stage.play({}, (scene) => play(scene, context)),
};

async function play(scene: Scene, { random, say }: ScenarioContext): Promise<Figure[]> {
  const replicas: Replica[] = [];
  for (const name of NAMES) {
    replicas.push(await scene.startReplica(name, { environment: { OBSERVABILITY_CONSUMER_NAME: name } }));
  }
  const pump = new EventPump(scene, { events: 10_000 }, 5_000);
  pump.start();
  const takeoversMs: number[] = [];
  const entries: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    for (const replica of replicas) await replica.hasCommitted();
    const victim = random.pick(replicas);
    victim.leave();
    const { end } = await victim.killAt('after-read');
    entries.push(await pendingOf(scene, victim));
    await eventually(
      () => pendingOf(scene, victim),
      (left) => left === 0,
      120_000,
    );
    takeoversMs.push(Date.now() - (end?.atMs ?? NaN));
    say(`${String(entries.at(-1))} entries taken over and stored after ${String(takeoversMs.at(-1))} ms`);
    victim.bringBack();
  }
  await pump.finish();
  await scene.atRest();
  return [
    fact('entries left behind', entries.join(', ')),
    shouldStayBelow('death to last of them stored, max', Math.max(...takeoversMs), 7_000),
    ...(await safetyFigures(scene)),
  ];
}

async function pendingOf(scene: Scene, { name }: Replica): Promise<number> {
  return (await scene.counts()).pending.get(name) ?? 0;
}
