export { SwitchedOffTrace } from './switched-off-trace.entity.ts';
export { TracingChange } from './tracing-change.entity.ts';
export { type ReceivedSpan, SwitchEnforcement, type TraceMoment } from './switch-enforcement.ts';
export { TracingConfigModule } from './tracing-config.module.ts';
