import { eventually } from '../../harness/eventually.ts';
import { type Figure, mustBe, shouldStayBelow } from '../figures.ts';
import { safetyFigures, type Scenario, type ScenarioContext } from '../scenario.ts';
import { EventPump } from '../stage/event-pump.ts';
import { EVENTS_PER_ENTRY, type Scene } from '../stage/scene.ts';

const TIMES = 20;
const IN_FLIGHT_ENTRIES = 100;

export const sigterm: Scenario = {
  name: 'sigterm',
  title: `SIGTERM under load, ${String(TIMES)} times`,
  play: (context) => context.stage.play({}, (scene) => play(scene, context)),
};

async function play(scene: Scene, { random, say }: ScenarioContext): Promise<Figure[]> {
  const { codes, tookMs } = await terminateUnderLoad(scene, TIMES, () => random.between(0, 1), say);
  await scene.atRest();
  return [
    mustBe('ended with 0', codes.filter((code) => code === 0).length, TIMES),
    shouldStayBelow('signal to end, max', Math.max(...tookMs), 10_000),
    ...(await safetyFigures(scene)),
  ];
}

/** Two consumers under load; one of them is asked to end, again and again, and started again. */
export async function terminateUnderLoad(
  scene: Scene,
  times: number,
  pick: () => number,
  say: (line: string) => void,
): Promise<{ codes: (number | null)[]; tookMs: number[] }> {
  const replicas = [await scene.startReplica('one'), await scene.startReplica('two')];
  const pump = new EventPump(scene, { events: 10_000 }, IN_FLIGHT_ENTRIES * EVENTS_PER_ENTRY);
  pump.start();
  const codes: (number | null)[] = [];
  const tookMs: number[] = [];
  for (let time = 0; time < times; time++) {
    const victim = replicas[pick()];
    if (victim === undefined) throw new Error('There are two');
    await victim.hasCommitted();
    await eventually(
      () => scene.counts(),
      ({ waiting }) => waiting >= IN_FLIGHT_ENTRIES,
      600_000,
    );
    const end = await victim.terminate();
    codes.push(end.code);
    tookMs.push(end.tookMs);
    say(`ended with ${String(end.code)} after ${String(Math.round(end.tookMs))} ms`);
  }
  await pump.finish();
  return { codes, tookMs };
}
