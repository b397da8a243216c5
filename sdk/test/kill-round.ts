import { setTimeout as sleep } from 'node:timers/promises';
import { ChildProgram } from './child-program.ts';
import { type ObservedProject, waitUntil } from './observed-project.ts';

/** A run is three events: the trace's start and end, and its one observation. */
const EVENTS_PER_RUN = 3;
/** Redis reads what a dead process left in its socket in as many turns at most. */
const TURNS = 100;

export interface KillRound {
  /** Runs the program said it had recorded. */
  recorded: number;
  /** Events it recorded and Redis does not have. */
  lostEvents: number;
  /** How long before the kill the oldest of the lost runs was recorded, ms; 0: none was lost. */
  oldestLostMs: number;
  /** Whether nothing recorded before a lost run's time is missing beside those after it. */
  isSuffix: boolean;
}

export interface KillPlan {
  everyMs: number;
  runs: number;
  /** From the first entry in Redis to the kill. */
  killAfterMs: number;
  /** What happens before the kill; default nothing. */
  meanwhile?: () => Promise<void>;
}

async function storedRuns(project: ObservedProject): Promise<Set<number>> {
  for (let turn = 0; turn < TURNS; turn++) await project.redis.ping();
  const names = (await project.events()).map(({ name }) => /^run (\d+)$/.exec(String(name))?.[1]);
  return new Set(names.filter((number) => number !== undefined).map(Number));
}

/** Lets a process trace at a steady rate, ends it with kill -9, and compares what it had recorded with what Redis has. */
export async function killRound(project: ObservedProject, plan: KillPlan): Promise<KillRound> {
  const args = [plan.everyMs, plan.runs].map(String);
  const child = ChildProgram.start('steady.ts', project, { args });
  await waitUntil(async () => (await project.redis.xlen(project.streamName)) > 0);
  await sleep(plan.killAfterMs);
  await plan.meanwhile?.();
  const killedAt = Date.now();
  child.kill('SIGKILL');
  await child.ended;
  const recorded = child.lines.map((line) => line.split(' ').map(Number)).filter((pair) => pair.length === 2);
  const stored = await storedRuns(project);
  const lost = recorded.filter(([number = 0]) => !stored.has(number));
  const [firstLost = Infinity, oldestAt = killedAt] = lost[0] ?? [];
  return {
    recorded: recorded.length,
    lostEvents: lost.length * EVENTS_PER_RUN,
    oldestLostMs: Math.max(0, killedAt - oldestAt),
    isSuffix: Math.max(0, ...stored) < firstLost,
  };
}
