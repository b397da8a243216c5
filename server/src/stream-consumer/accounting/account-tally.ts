const HOUR_MS = 3_600_000;

/** What became of events of one project, instance and hour. */
export interface HourTally {
  readonly projectId: string;
  readonly instanceId: string;
  readonly hourMs: number;
  received: number;
  stored: number;
  duplicate: number;
  readonly rejected: Map<string, number>;
  readonly switchedOff: Map<string, number>;
}

/** Adds up a batch by project, instance and hour. */
export class AccountTally {
  private readonly hours = new Map<string, HourTally>();

  /**
   * @param instanceId empty where the sender is no known process
   * @param receivedMs any moment of the hour
   */
  of(projectId: string, instanceId: string, receivedMs: number): HourTally {
    const hourMs = Math.floor(receivedMs / HOUR_MS) * HOUR_MS;
    const key = `${projectId} ${String(hourMs)} ${instanceId}`;
    const known = this.hours.get(key);
    if (known !== undefined) return known;
    const counts = { received: 0, stored: 0, duplicate: 0, rejected: new Map(), switchedOff: new Map() };
    const made = { projectId, instanceId, hourMs, ...counts };
    this.hours.set(key, made);
    return made;
  }

  all(): HourTally[] {
    return [...this.hours.values()];
  }
}

/** One more event, or `count` more, of that reason. */
export function countReason(counts: Map<string, number>, reason: string, count = 1): void {
  counts.set(reason, (counts.get(reason) ?? 0) + count);
}
