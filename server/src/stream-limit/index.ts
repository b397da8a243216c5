export { StreamLimit } from './stream-limit.ts';
export { StreamLimitModule } from './stream-limit.module.ts';
