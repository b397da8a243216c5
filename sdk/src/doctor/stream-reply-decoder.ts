/** One consumer group or consumer, as XINFO tells of it. */
export interface StreamReader {
  readonly name: string;
  readonly consumers: number;
  readonly pending: number;
  /** Entries the group was not given yet; of groups only, undefined where Redis cannot tell. */
  readonly lag: number | undefined;
  /** Milliseconds; of consumers only. */
  readonly idleMs: number;
}

/** Rows of XINFO GROUPS or XINFO CONSUMERS: lists of names and values in turn. Empty for anything else. */
export function decodeReaders(reply: unknown): StreamReader[] {
  if (!Array.isArray(reply)) return [];
  return reply.map((row: unknown) => {
    const fields = new Map<unknown, unknown>();
    if (Array.isArray(row)) for (let i = 0; i + 1 < row.length; i += 2) fields.set(row[i], row[i + 1]);
    const lag = fields.get('lag');
    return {
      name: String(fields.get('name')),
      consumers: Number(fields.get('consumers') ?? 0),
      pending: Number(fields.get('pending') ?? 0),
      lag: typeof lag === 'number' ? lag : undefined,
      idleMs: Number(fields.get('idle') ?? 0),
    };
  });
}

/** Whether an entry of XRANGE's answer has this value in the field `instance_id`. */
export function hasEntryOf(reply: unknown, instanceId: string): boolean {
  if (!Array.isArray(reply)) return false;
  return reply.some((entry: unknown) => {
    const fields: unknown = Array.isArray(entry) ? entry[1] : undefined;
    if (!Array.isArray(fields)) return false;
    const at = fields.indexOf('instance_id');
    return at >= 0 && fields[at + 1] === instanceId;
  });
}
