/**
 * SwisperStudio's Node SDK: records what an agent's graph does and publishes it to a Redis Stream. It never throws into the
 * application, never makes it wait, and never fills its Redis.
 */
export {
  flush,
  initializeRedisPublisher,
  initializeTracing,
  shutdown,
  type RedisPublisherOptions,
} from './tracing.ts';
export { type TracingOptions } from './options.ts';
export { type Mask, type MaskedPart } from './privacy/masking.ts';
export { type RedactPattern } from './privacy/privacy-patterns.ts';
export { type SdkLogger } from './log.ts';
export { publishEvent, type PublishedEvent } from './recording/publish-event.ts';
export { createTracedGraph, type TracedGraphOptions } from './graph/graph.ts';
export {
  startObservation,
  startTrace,
  type ObservationHandle,
  type ObservationOptions,
  type TraceHandle,
  type TraceOptions,
} from './recording/manual-trace.ts';
export {
  traced,
  updateCurrentObservation,
  updateCurrentTrace,
  type TracedOptions,
} from './recording/traced.ts';
export { Traced, type MethodDecoratorOfBothKinds } from './recording/traced-decorator.ts';
export { type ObservationUpdate } from './recording/open-observation.ts';
export { type TraceUpdate } from './recording/open-trace.ts';
export { getCurrentTraceId } from './recording/trace-context.ts';
export { type EventType, type Level, type ObservationType } from './contract/index.ts';
export { SDK_VERSION } from './sdk-version.ts';
