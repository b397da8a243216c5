/**
 * The contract between the SDK and the server: Redis keys, limits, events, the batch entry and its signature, API keys and
 * the literal messages. Only `node:` built-ins, no I/O. Guarded by `contract.golden.json`. `entry-body.ts` is left out: how the SDK puts an
 * entry together is no promise.
 */
export * from './keys.ts';
export * from './limits.ts';
export * from './stream-room.ts';
export * from './events.ts';
export * from './entry-codec.ts';
export * from './entry-encoder.ts';
export * from './heartbeat-codec.ts';
export * from './signing.ts';
export * from './api-key.ts';
export * from './messages.ts';
export * from './shown-url.ts';
