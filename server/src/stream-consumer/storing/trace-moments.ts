import type { ReceivedSpan, TraceMoment } from '../../tracing-config/index.ts';
import type { StorableEvent } from '../decoding/entry-decoder.ts';

/** What the tracing switch is to be asked about an event. */
export function momentOf({ event }: StorableEvent): TraceMoment {
  return { projectId: event.projectId, traceId: event.trace.id, receivedMs: event.receivedMs };
}

/** Redis' times of the oldest and the newest of each project. */
export function spansOf(
  moments: Iterable<Pick<TraceMoment, 'projectId' | 'receivedMs'>>,
): Map<string, ReceivedSpan> {
  const spans = new Map<string, ReceivedSpan>();
  for (const { projectId, receivedMs } of moments) {
    const { oldestMs, newestMs } = spans.get(projectId) ?? { oldestMs: receivedMs, newestMs: receivedMs };
    spans.set(projectId, {
      oldestMs: Math.min(oldestMs, receivedMs),
      newestMs: Math.max(newestMs, receivedMs),
    });
  }
  return spans;
}
