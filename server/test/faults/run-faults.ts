import { randomInt } from 'node:crypto';
import { availableParallelism, cpus, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import { fail, print } from '../../tools/progress.ts';
import { build } from '../../tools/studio-stack.ts';
import { type Figure, figureTable } from './figures.ts';
import type { Scenario } from './scenario.ts';
import { SCENARIOS } from './scenarios/scenarios.ts';
import { SeededRandom } from './seeded-random.ts';
import { FaultStage } from './stage/fault-stage.ts';

const HELP = `npm run faults: what the system does when everything around it and itself is killed, cut off or starved.

Starts real servers, Redis and PostgreSQL of its own. Prints every figure beside its target; ends with 1 when a safety
property does not hold. Times depend on what else the machine does and are printed only.
  --events N   events of the scenario "long" (default 100000; the promise is proved with 1000000)
  --rate N     events per second where a scenario has a rate (default 5000)
  --seed N     repeats the faults of another run (their order, victims and pauses; not the timing of processes)
  --only a,b   these scenarios only: ${SCENARIOS.map(({ name }) => name).join(', ')}
  --no-build   uses server/dist as it is
  --keep       leaves logs and data where they are, and says where; those of a failed scenario always stay`;

interface Options {
  readonly events: number;
  readonly eventsPerSecond: number;
  readonly seed: number;
  readonly scenarios: readonly Scenario[];
  readonly isBuilding: boolean;
  readonly isKeeping: boolean;
}

function readOptions(): Options | null {
  const { values } = parseArgs({
    options: {
      events: { type: 'string', default: '100000' },
      rate: { type: 'string', default: '5000' },
      seed: { type: 'string', default: String(randomInt(2 ** 31)) },
      only: { type: 'string' },
      'no-build': { type: 'boolean', default: false },
      keep: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return null;
  const names = values.only?.split(',') ?? SCENARIOS.map(({ name }) => name);
  return {
    events: positive('events', values.events),
    eventsPerSecond: positive('rate', values.rate),
    seed: positive('seed', values.seed),
    scenarios: names.map(scenarioNamed),
    isBuilding: !values['no-build'],
    isKeeping: values.keep,
  };
}

function positive(name: string, text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new Error(`--${name} is to be a whole number above 0`);
}

function scenarioNamed(name: string): Scenario {
  const found = SCENARIOS.find((scenario) => scenario.name === name);
  if (found === undefined) throw new Error(`There is no scenario "${name}"; --help names them`);
  return found;
}

async function main(): Promise<void> {
  const options = readOptions();
  if (options === null) return print(HELP);
  if (options.isBuilding) await build();
  print(`seed ${String(options.seed)}, ${machine()}\n`);
  const failed: string[] = [];
  for (const scenario of options.scenarios) {
    const figures = await playOne(scenario, options);
    print(`\n${figureTable(scenario.title, figures)}\n`);
    if (figures.some(isBroken)) failed.push(scenario.name);
  }
  if (failed.length > 0) fail(`Did not hold: ${failed.join(', ')} (--seed ${String(options.seed)})`);
  print('Every safety property held.');
}

/** Every scenario gets a stage of its own: one that goes wrong spoils no other. */
async function playOne(scenario: Scenario, options: Options): Promise<Figure[]> {
  const { eventsPerSecond, events, seed } = options;
  print(`── ${scenario.name} ──`);
  const stage = await FaultStage.open('durable');
  let keepLogs = true;
  try {
    const random = new SeededRandom(seed);
    const figures = await scenario.play({ stage, random, events, eventsPerSecond, say: print });
    keepLogs = options.isKeeping || figures.some(isBroken);
    return figures;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return [{ name: 'played to its end', value: reason, target: 'yes', isMet: false, isSafety: true }];
  } finally {
    await stage.close({ keepLogs });
    if (keepLogs) print(`Logs and data: ${stage.folder}`);
  }
}

const isBroken = ({ isSafety, isMet }: Figure): boolean => isSafety && isMet === false;

function machine(): string {
  const [cpu] = cpus();
  const gigabytes = Math.round(totalmem() / 2 ** 30);
  return `${String(availableParallelism())} × ${cpu?.model ?? 'processor'}, ${String(gigabytes)} GB, Node ${process.version}`;
}

await main().catch((error: unknown) => fail(error instanceof Error ? error.message : String(error)));
