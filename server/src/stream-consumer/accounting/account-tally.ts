const HOUR_MS = 3_600_000;

/** What became of events. */
export interface EventCounts {
  received: number;
  stored: number;
  duplicate: number;
  /** How many of the received came without a signature. */
  unverified: number;
  readonly rejected: Map<string, number>;
  readonly switchedOff: Map<string, number>;
}

/** Of one project, instance and hour. */
export interface HourTally extends EventCounts {
  readonly projectId: string;
  readonly instanceId: string;
  readonly hourMs: number;
}

/** Of one project. */
export interface ProjectTally extends EventCounts {
  readonly projectId: string;
}

function noCounts(): EventCounts {
  return { received: 0, stored: 0, duplicate: 0, unverified: 0, rejected: new Map(), switchedOff: new Map() };
}

/** Adds up a batch by project, instance and hour. */
export class AccountTally {
  private readonly tallies = new Map<string, HourTally>();

  /**
   * @param instanceId empty where the sender is no known process
   * @param receivedMs any moment of the hour
   */
  of(projectId: string, instanceId: string, receivedMs: number): HourTally {
    const hourMs = Math.floor(receivedMs / HOUR_MS) * HOUR_MS;
    const key = `${projectId} ${String(hourMs)} ${instanceId}`;
    const known = this.tallies.get(key);
    if (known !== undefined) return known;
    const made = { projectId, instanceId, hourMs, ...noCounts() };
    this.tallies.set(key, made);
    return made;
  }

  get hours(): HourTally[] {
    return [...this.tallies.values()];
  }

  get projects(): ProjectTally[] {
    const projects = new Map<string, ProjectTally>();
    for (const hour of this.tallies.values()) {
      const total = projects.get(hour.projectId) ?? { projectId: hour.projectId, ...noCounts() };
      projects.set(hour.projectId, total);
      total.received += hour.received;
      total.stored += hour.stored;
      total.duplicate += hour.duplicate;
      total.unverified += hour.unverified;
      for (const [reason, count] of hour.rejected) countReason(total.rejected, reason, count);
      for (const [reason, count] of hour.switchedOff) countReason(total.switchedOff, reason, count);
    }
    return [...projects.values()];
  }
}

/** `count` more events of that reason. */
export function countReason(counts: Map<string, number>, reason: string, count = 1): void {
  counts.set(reason, (counts.get(reason) ?? 0) + count);
}
