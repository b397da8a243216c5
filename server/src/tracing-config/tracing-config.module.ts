import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { SwitchedOffTrace } from './switched-off-trace.entity.ts';
import { TracingChange } from './tracing-change.entity.ts';
import { TracingConfigReader } from './tracing-config-reader.ts';
import { TracingController } from './tracing.controller.ts';
import { TracingPublisher } from './tracing-publisher.ts';
import { TracingReassertion } from './tracing-reassertion.ts';
import { TracingSwitch } from './tracing-switch.ts';

/** The tracing switch of each project and its way to the SDKs. */
@Module({
  imports: [TypeOrmModule.forFeature([TracingChange, SwitchedOffTrace])],
  controllers: [TracingController],
  providers: [TracingPublisher, TracingSwitch, TracingConfigReader, TracingReassertion],
})
export class TracingConfigModule {}
