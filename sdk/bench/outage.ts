/**
 * What an outage of Redis or of the server costs the application that is traced: held against the same application in the
 * same run without an outage, with every event accounted for afterwards.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { type Goal, median, numbersFrom, printReport } from '../../server/bench/bench-table.ts';
import { installedVersions } from './installed-versions.ts';
import { type Scene, SCENES } from './outage-scenes.ts';

/** The ring of 16 MB is full after some 3 s of an outage. */
const PARAMETERS = { spansPerSecond: 2500, warm: 4, during: 6, runs: 5 };

/** Of the same run: what the application would have cost without an outage. */
const controlOf = (scene: string): string => `${scene.split(' ')[0]?.replace(',', '') ?? ''}, no outage`;
const isControl = (scene: string): boolean => scene.endsWith('no outage');

interface Outcome {
  /** During the outage. */
  p99Ms: number;
  peakMb: number;
  /** Recorded and neither arrived, merged nor counted as dropped; and the other way round. */
  unexplained: number;
  dropped: number;
  /** Rejections and exceptions nobody handled, calls that threw, a flush that did not end. */
  harm: number;
}

type Figures = Readonly<Record<string, unknown>>;

const numberOf = (figures: Figures, name: string): number => Number(figures[name]);

/** Runs the application through one outage. */
async function runOnce(makeScene: () => Promise<Scene>, parameters: typeof PARAMETERS): Promise<Outcome> {
  const scene = await makeScene();
  const host = fork(new URL('./outage-host.ts', import.meta.url).pathname, { stdio: 'inherit' });
  const tell = async (order: string, seconds: number): Promise<Figures> => {
    const { spansPerSecond } = parameters;
    host.send({ do: order, seconds, spansPerSecond, options: scene.options });
    const [figures] = (await once(host, 'message')) as [Figures];
    return figures;
  };
  try {
    await tell('start', parameters.warm);
    await scene.begin();
    const during = await tell('work', parameters.during);
    await scene.end();
    const after = await tell('finish', 0);
    const { events, counters } = await scene.arrived();
    const dropped = Object.values(counters?.dropped ?? {}).reduce((sum: number, n = 0) => sum + n, 0);
    return {
      p99Ms: numberOf(during, 'p99Ms'),
      peakMb: numberOf(during, 'peakMb'),
      unexplained: Math.abs((counters?.accepted ?? NaN) - (counters?.merged ?? 0) - dropped - events),
      dropped,
      harm: numberOf(after, 'strays') + numberOf(after, 'failures') + (after['isFlushed'] === true ? 0 : 1),
    };
  } finally {
    host.kill('SIGKILL');
    await scene.close();
  }
}

interface Figure {
  name: string;
  unit: string;
  of: (outcome: Outcome, control: Outcome) => number;
  atMost?: number;
}

const FIGURES: readonly Figure[] = [
  { name: 'p99 of a trace, more', unit: 'ms', of: (it, control) => it.p99Ms - control.p99Ms, atMost: 1 },
  { name: 'peak memory, more', unit: 'MB', of: (it, control) => it.peakMb - control.peakMb, atMost: 32 },
  { name: 'unexplained', unit: 'events', of: ({ unexplained }) => unexplained, atMost: 0 },
  { name: 'dropped and counted', unit: 'events', of: ({ dropped }) => dropped },
  { name: 'harm', unit: 'times', of: ({ harm }) => harm, atMost: 0 },
];

type Outcomes = ReadonlyMap<string, Outcome[]>;

/** One value per run, each held against the control that ran beside it. */
function valuesOf(outcomes: Outcomes, scene: string, figure: Figure): number[] {
  const controls = outcomes.get(controlOf(scene)) ?? [];
  return (outcomes.get(scene) ?? []).flatMap((outcome, run) => {
    const control = controls[run];
    return control === undefined ? [] : [figure.of(outcome, control)];
  });
}

async function measure(parameters: typeof PARAMETERS): Promise<Outcomes> {
  const outcomes = new Map<string, Outcome[]>(Object.keys(SCENES).map((name) => [name, []]));
  for (let run = 0; run < parameters.runs; run += 1) {
    for (const [name, makeScene] of Object.entries(SCENES)) {
      outcomes.get(name)?.push(await runOnce(makeScene, parameters));
      process.stderr.write('.');
    }
  }
  process.stderr.write('\n');
  return outcomes;
}

async function main(): Promise<void> {
  const parameters = numbersFrom(PARAMETERS);
  const outcomes = await measure(parameters);
  const scenes = Object.keys(SCENES).filter((name) => !isControl(name));
  const rows = FIGURES.flatMap((figure) =>
    scenes.map((scene) => ({
      what: `${figure.name}: ${scene}`,
      unit: figure.unit,
      values: valuesOf(outcomes, scene, figure),
    })),
  );
  const goals = FIGURES.flatMap((figure): Goal[] => {
    const { name, unit, atMost } = figure;
    if (atMost === undefined) return [];
    const worst = Math.max(...scenes.map((scene) => median(valuesOf(outcomes, scene, figure))));
    return [{ what: `${name}: worst scene`, figure: worst, atMost, unit }];
  });
  const title = 'What an outage costs the application';
  printReport({ title, versions: installedVersions(), parameters, rows, goals });
}

await main();
process.exit();
