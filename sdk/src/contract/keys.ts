/**
 * Redis keys and channels. No other file of the product spells one.
 */

/** Stream of events, unless configured otherwise on both sides. */
export const DEFAULT_STREAM_NAME = 'observability:events';

/** Consumer group of the server on the event stream. */
export const CONSUMER_GROUP = 'swisper_studio_consumers';

/** Hash with what is counted of a stream's entries beside the stream itself: `acked` and `epoch`. */
export const accountKey = (streamName: string): string => `${streamName}:account`;

/** JSON `{bytes, limit_bytes, full}`: what the server measured of a stream last. */
export const limitKey = (streamName: string): string => `${streamName}:limit`;

/** Held by the server process whose turn it is to measure. */
export const limitTurnKey = (streamName: string): string => `${streamName}:limit:turn`;

/** There while a server reads a stream in a group under that name, and some time after. */
export const consumerNameKey = (streamName: string, group: string, name: string): string =>
  `${streamName}:consumer:${group}:${name}`;

/** Stream of heartbeats of processes that reach Redis only. Not part of any account. */
export const HEARTBEAT_STREAM = 'observability:heartbeats';

/** Where the heartbeats of an event stream's producers go: two installations in one Redis do not take each other's. */
export const heartbeatStreamKey = (streamName: string): string =>
  streamName === DEFAULT_STREAM_NAME ? HEARTBEAT_STREAM : `${streamName}:heartbeats`;

/** `MAXLEN ~` of every XADD to a stream of heartbeats, in entries. */
export const HEARTBEAT_STREAM_MAX_LENGTH = 10_000;

/** `true` or `false`; absent means "keep the last known value". */
export const tracingEnabledKey = (projectId: string): string => `tracing:${projectId}:enabled`;

/**
 * JSON `{version, enabled, full, max_bytes, sampling, require_signature, …}`; `max_bytes`: what the stream may take;
 * `require_signature`: unsigned entries are refused.
 */
export const tracingConfigKey = (projectId: string): string => `tracing:${projectId}:config`;

/** Pub/sub channel, JSON `{project_id, version}`, published after commit. */
export const TRACING_CHANGES_CHANNEL = 'tracing:changes';

/** `MAXLEN ~` of every XADD, in entries: the last fuse only, never the normal limit. */
export const DEFAULT_MAX_STREAM_LENGTH = 1_000_000;
