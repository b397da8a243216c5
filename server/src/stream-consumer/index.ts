export { DeadLettersModule } from './dead-letters/dead-letters.module.ts';
export { HttpEventsModule } from './http-events/http-events.module.ts';
export { StreamConsumerModule } from './stream-consumer.module.ts';
export { StreamHeartbeatsModule } from './heartbeats/stream-heartbeats.module.ts';
