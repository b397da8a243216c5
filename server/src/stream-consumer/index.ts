export { StreamConsumerModule } from './stream-consumer.module.ts';
