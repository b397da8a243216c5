import { type BufferedEvent, type BufferedHeader } from '../delivery/buffered-event.ts';

/** Starts after which those that were sent are looked for. */
const FEWEST = 256;

/**
 * Starts of observations that the application publishes by hand, so that an end finds the one that still waits; where two
 * traces use one id, the later one. Holds about twice as many as wait.
 */
export class PublishedStarts {
  private starts = new Map<unknown, BufferedEvent>();
  private most = FEWEST;

  add(start: BufferedEvent): void {
    if (this.starts.size >= this.most) {
      // Made anew: each table a Map has outgrown refers to the next one, and would keep what went through it alive.
      this.starts = new Map([...this.starts].filter(([, { waitsIn }]) => waitsIn !== undefined));
      this.most = Math.max(FEWEST, this.starts.size * 2);
    }
    this.starts.set(start.header.observation_id, start);
  }

  startOf(projectId: string, { trace_id, observation_id }: BufferedHeader): BufferedEvent | undefined {
    const start = this.starts.get(observation_id);
    return start?.projectId === projectId && start.header.trace_id === trace_id ? start : undefined;
  }
}
