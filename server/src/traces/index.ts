export { foldEvents } from './event-fold.ts';
export {
  clampTime,
  clockShiftMs,
  type EventTime,
  formatTime,
  parseEpochSeconds,
  parseTime,
  shiftTime,
  timeFromMs,
} from './event-time.ts';
export { eventDigest, eventVersion } from './event-version.ts';
export { isDeeperThan, isValueDeeperThan, jsonTextFault } from './json-text.ts';
export type { MergeEvent, PayloadWrite, RegisterValue, RegisterWrite } from './merge-event.ts';
export { moreSevere } from './merged-row.ts';
export { isObservedId, observationIdOf, type ObservedId, traceIdOf } from './observed-id.ts';
export { cleanJson, cleanText, storableText, TAGS_MAX, TEXT_MAX_CHARS } from './observed-text.ts';
export { RollupLoop } from './rollup-loop.ts';
export { ServerSigningKey } from './server-signing-key.ts';
export { type InstanceKey, instanceKeyText, type InstancePresence, TraceRollup } from './trace-rollup.ts';
export { TraceSweep } from './trace-sweep.ts';
export { TraceWriter } from './trace-writer.ts';
export { memberTexts, strictJson } from './loose-json.ts';
export { Observation } from './observation.entity.ts';
export { ObservationPayload } from './observation-payload.entity.ts';
export { Trace } from './trace.entity.ts';
export { TracesModule } from './traces.module.ts';
