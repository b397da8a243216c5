export {
  clampTime,
  clockShiftMs,
  type EventTime,
  formatTime,
  parseEpochSeconds,
  parseTime,
  shiftTime,
  timeFromMs,
} from './merging/event-time.ts';
export { eventDigest, eventVersion, producerDigest } from './merging/event-version.ts';
export { isDeeperThan, isValueDeeperThan, jsonTextFault } from './merging/json-text.ts';
export type { MergeEvent, PayloadWrite, RegisterValue, RegisterWrite } from './merging/merge-event.ts';
export { GRAPH_LIMITS, type GraphEdge, type GraphEvent } from './graphs/graph-event.ts';
export { mergeGraphs } from './graphs/graph-writer.ts';
export { moreSevere } from './merging/merged-row.ts';
export {
  isObservedId,
  isPlainId,
  observationIdOf,
  type ObservedId,
  traceIdOf,
} from './merging/observed-id.ts';
export {
  cleanJson,
  cleanText,
  hasNonFinite,
  storableText,
  TAGS_MAX,
  TEXT_MAX_CHARS,
} from './merging/observed-text.ts';
export { RollupLoop } from './rollup/rollup-loop.ts';
export { type SentEntry } from './ingest/commit-watch.ts';
export { EventTimeField } from './ingest/event-time-field.ts';
export { CurrentExchange, type HttpExchange } from './ingest/http-exchange.ts';
export { HttpIngest } from './ingest/http-ingest.ts';
export { addIngestGate, IngestGate } from './ingest/ingest-gate.ts';
export { IngestResponse } from './ingest/ingest-response.ts';
export { isServerInstance } from './ingest/server-instance.ts';
export { ServerSigningKey } from './ingest/server-signing-key.ts';
export { TraceRollup } from './rollup/trace-rollup.ts';
export { TraceSweep } from './rollup/trace-sweep.ts';
export { TraceWriter } from './merging/trace-writer.ts';
export { memberTexts, strictJson } from './merging/loose-json.ts';
export { Observation } from './observation.entity.ts';
export { ObservationPayload } from './observation-payload.entity.ts';
export { Trace } from './trace.entity.ts';
export { TracesModule } from './traces.module.ts';
