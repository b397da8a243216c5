export { ActivityRecorder } from './activity-recorder.ts';
export { checkHeartbeat } from './heartbeat-body.ts';
export { DEFAULT_INSTANCE, HeartbeatStore, type StreamedHeartbeat } from './heartbeat-store.ts';
export { HeartbeatModule } from './heartbeat.module.ts';
export { ProjectConnection } from './project-connection.entity.ts';
export { instanceStatus, type SignsOfLife } from './liveness.ts';
export { reportedCounters } from './reported-counters.ts';
