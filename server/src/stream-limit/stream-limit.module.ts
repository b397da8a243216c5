import { Global, Module } from '@nestjs/common';
import { StreamLimit } from './stream-limit.ts';

/** How full the event stream is. Global: those who publish, count and tell SDKs ask for it. */
@Global()
@Module({ providers: [StreamLimit], exports: [StreamLimit] })
export class StreamLimitModule {}
