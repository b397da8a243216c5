import type { BenchServices } from './bench-services.ts';

/** How fast so many events were stored, and the CPU time of both sides of it. */
export interface Pace {
  eventsPerSecond: number;
  nodeMicros: number;
  postgresMicros: number;
}

/**
 * Starts now.
 * @param nodeCpuMs CPU time so far of the Node process that stores, ms
 * @returns what was needed from then until it is called, per event
 */
export function stopwatch(services: BenchServices, nodeCpuMs: () => number): (events: number) => Pace {
  const [startMs, nodeMs, postgresMs] = [performance.now(), nodeCpuMs(), services.postgresCpuMs()];
  return (events) => ({
    eventsPerSecond: (events / (performance.now() - startMs)) * 1_000,
    nodeMicros: ((nodeCpuMs() - nodeMs) * 1_000) / events,
    postgresMicros: ((services.postgresCpuMs() - postgresMs) * 1_000) / events,
  });
}
