import { cpus } from 'node:os';
import { killRound, type KillRound } from '../test/kill-round.ts';
import { ObservedProject } from '../test/observed-project.ts';
import { RedisProcess } from '../test/redis-process.ts';

/**
 * What kill -9 loses: processes that trace at a steady rate are killed at random moments, and what they had recorded is
 * compared with what Redis acknowledged. `node sdk/bench/kills.ts [rounds]`, default 20 per rate; 1.5 s each.
 */
const ROUNDS = Number(process.argv[2] ?? 20);
const RATES = [
  { everyMs: 10, runs: 1 },
  { everyMs: 2, runs: 1 },
  { everyMs: 5, runs: 5 },
  { everyMs: 5, runs: 20 },
];
const MAX_MS = 50;
const MAX_EVENTS = 100;

const middle = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

function row(name: string, rounds: readonly KillRound[]): Record<string, string | number> {
  const events = rounds.map(({ lostEvents }) => lostEvents);
  const ages = rounds.map(({ oldestLostMs }) => oldestLostMs);
  const within = rounds.filter((each) => each.oldestLostMs <= MAX_MS || each.lostEvents <= MAX_EVENTS);
  return {
    rate: name,
    recorded: rounds.reduce((sum, { recorded }) => sum + 3 * recorded, 0),
    'lost events (median, max)': `${String(middle(events))}, ${String(Math.max(...events))}`,
    'oldest lost, ms (median, max)': `${String(middle(ages))}, ${String(Math.max(...ages))}`,
    'rounds within goal': `${String(within.length)} of ${String(rounds.length)}`,
    'holes before it': rounds.filter(({ isSuffix }) => !isSuffix).length,
  };
}

const redis = new RedisProcess();
await redis.start();
const rows = [];
for (const { everyMs, runs } of RATES) {
  const rounds: KillRound[] = [];
  while (rounds.length < ROUNDS) {
    const project = new ObservedProject(redis.url);
    rounds.push(await killRound(project, { everyMs, runs, killAfterMs: 50 + Math.random() * 1000 }));
    project.close();
  }
  rows.push(row(`${String((3 * runs * 1000) / everyMs)} events/s`, rounds));
}
await redis.remove();
console.log(`Node ${process.version}, ${String(cpus().length)} × ${cpus()[0]?.model ?? ''}`);
console.log(
  `Goal: kill -9 loses at most what was recorded in the last ${String(MAX_MS)} ms, or ${String(MAX_EVENTS)} events where that is more`,
);
console.table(rows);
