/** What the connection of one instance looks like. */
export type InstanceStatus = 'connected' | 'late' | 'disconnected';
/** A project's: `never` without any instance, `partial` when some instances are connected and some are not. */
export type ProjectStatus = InstanceStatus | 'never' | 'partial';

/** What is known of an instance; times are the server's, `lastEventAt` is Redis'. */
export interface SignsOfLife {
  lastHeartbeatAt: Date | null;
  lastEventAt: Date | null;
  stoppedAt: Date | null;
  intervalSeconds: number | null;
}

const DEFAULT_INTERVAL_MS = 60_000;
const MIN_CONNECTED_MS = 120_000;
const HIDDEN_AFTER_MS = 24 * 3_600_000;
/** Redis' clock may differ this much before an event counts as later than the goodbye. */
const CLOCK_TOLERANCE_MS = 5_000;

/** The last heartbeat or stored event, whichever is later; null without either. */
export function lastSeenMs(signs: SignsOfLife): number | null {
  const times = [signs.lastHeartbeatAt, signs.lastEventAt].filter((time) => time !== null).map(Number);
  return times.length === 0 ? null : Math.max(...times);
}

/**
 * Connected until max(120 s, 2 intervals) after the last sign of life, shown as late after 1.5 intervals, then
 * disconnected; at once after a goodbye.
 */
export function instanceStatus(signs: SignsOfLife, nowMs: number): InstanceStatus {
  const seenMs = lastSeenMs(signs);
  if (seenMs === null || hasStopped(signs)) return 'disconnected';
  const intervalMs = signs.intervalSeconds === null ? DEFAULT_INTERVAL_MS : signs.intervalSeconds * 1000;
  const silentMs = nowMs - seenMs;
  if (silentMs >= Math.max(MIN_CONNECTED_MS, 2 * intervalMs)) return 'disconnected';
  return silentMs > 1.5 * intervalMs ? 'late' : 'connected';
}

/** Instances that said goodbye, or nothing for a day, are no news. */
export function isHidden(signs: SignsOfLife, nowMs: number): boolean {
  const seenMs = lastSeenMs(signs);
  return seenMs === null || hasStopped(signs) || nowMs - seenMs > HIDDEN_AFTER_MS;
}

/** @param instances all of the project, hidden ones too */
export function projectStatus(instances: readonly SignsOfLife[], nowMs: number): ProjectStatus {
  if (instances.length === 0) return 'never';
  const statuses = instances
    .filter((signs) => !isHidden(signs, nowMs))
    .map((signs) => instanceStatus(signs, nowMs));
  const connected = statuses.filter((status) => status === 'connected').length;
  if (connected > 0) return connected === statuses.length ? 'connected' : 'partial';
  return statuses.includes('late') ? 'late' : 'disconnected';
}

function hasStopped({ stoppedAt, lastHeartbeatAt, lastEventAt }: SignsOfLife): boolean {
  if (stoppedAt === null) return false;
  const cameBack =
    (lastHeartbeatAt !== null && lastHeartbeatAt > stoppedAt) ||
    (lastEventAt !== null && Number(lastEventAt) > Number(stoppedAt) + CLOCK_TOLERANCE_MS);
  return !cameBack;
}
