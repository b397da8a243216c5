export { HttpEventsModule } from './http-events/http-events.module.ts';
export { StreamConsumerModule } from './stream-consumer.module.ts';
