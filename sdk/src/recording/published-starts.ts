import { type BufferedEvent, type BufferedHeader } from '../delivery/buffered-event.ts';

/**
 * Starts of observations that the application publishes by hand, so that an end it publishes finds the one that still waits to
 * be sent; where two traces use one id, the later one.
 */
export class PublishedStarts {
  /** In the order in which they leave. */
  private readonly starts = new Map<unknown, BufferedEvent>();

  /** Also those that have left, until the next event is published. */
  get size(): number {
    return this.starts.size;
  }

  add(start: BufferedEvent): void {
    const id = start.header.observation_id;
    if (id === undefined) return;
    this.starts.delete(id);
    this.starts.set(id, start);
  }

  /** @param header of any event that is published */
  startOf(
    projectId: string,
    { trace_id: traceId, observation_id: id }: BufferedHeader,
  ): BufferedEvent | undefined {
    this.forgetSent();
    const start = this.starts.get(id);
    return start?.projectId === projectId && start.header.trace_id === traceId ? start : undefined;
  }

  private forgetSent(): void {
    for (const [id, { waitsIn }] of this.starts) {
      if (waitsIn !== undefined) return;
      this.starts.delete(id);
    }
  }
}
