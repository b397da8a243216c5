import { fact, type Figure, quantile } from '../figures.ts';
import { safetyFigures, type Scenario } from '../scenario.ts';
import { Chaos } from './chaos.ts';

/** 20,000 events: a fault finds a backlog, and a process that starts does not work on it for minutes. */
const MAX_WAITING_ENTRIES = 400;
const KILLS = 20;
const REDIS_KILLS = 3;
const POSTGRES_STOPS = 3;

export const longRun: Scenario = {
  name: 'long',
  title: `${String(KILLS)} consumer kills, ${String(REDIS_KILLS)} Redis kills, ${String(POSTGRES_STOPS)} immediate PostgreSQL stops, two consumers`,
  play: ({ stage, random, events, say }) =>
    stage.play({}, async (scene): Promise<Figure[]> => {
      const startedAt = performance.now();
      const report = await Chaos.play(scene, {
        production: { events, maxWaitingEntries: MAX_WAITING_ENTRIES },
        consumerKills: KILLS,
        redisKills: REDIS_KILLS,
        postgresStops: POSTGRES_STOPS,
        random,
        say,
      });
      const seconds = (performance.now() - startedAt) / 1000;
      return [
        fact('seconds', seconds),
        fact('processes killed', report.recoveriesMs.length),
        fact('least events in flight when a fault struck', report.leastInFlight),
        fact('back under full load, ms, median', quantile(report.recoveriesMs, 0.5)),
        fact('back under full load, ms, max', Math.max(...report.recoveriesMs)),
        ...(await safetyFigures(scene)),
      ];
    }),
};
