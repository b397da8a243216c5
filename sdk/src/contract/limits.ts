/**
 * Limits both sides agree on. Bytes are UTF-8 bytes.
 */
const KB = 1024;
const MB = 1024 * KB;

/** An entry is closed at this many events. */
export const ENTRY_MAX_EVENTS = 100;

/** An entry is closed when its events reach this size; a larger event travels alone. */
export const ENTRY_CLOSE_BYTES = 256 * KB;

/** Default of the SDK's `maxEventBytes`: the largest event it sends. */
export const EVENT_DEFAULT_MAX_BYTES = MB;

/** Highest value `maxEventBytes` may have. */
export const EVENT_MAX_BYTES = 8 * MB;

/** The server refuses larger entries (names and values summed) with the reason `oversize`. */
export const ENTRY_MAX_BYTES = 8 * MB;

/** Default cap of one payload (input, output, …). */
export const FIELD_DEFAULT_MAX_BYTES = 256 * KB;

/** A heartbeat on the stream (names and values summed); the server ignores larger ones. */
export const HEARTBEAT_MAX_BYTES = 16 * KB;

/** Ids of traces, observations and instances: printable characters. */
export const ID_MAX_CHARS = 200;

/** Nesting of a JSON value; `[]` has depth 1. */
export const JSON_MAX_DEPTH = 64;
