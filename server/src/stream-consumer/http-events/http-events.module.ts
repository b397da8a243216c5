import { Module } from '@nestjs/common';
import { TracesModule } from '../../traces/index.ts';
import { EventsIntake } from './events-intake.ts';
import { HttpEventsController } from './http-events.controller.ts';

/** Events over HTTP, judged by the consumer's rules and put on its stream. */
@Module({
  imports: [TracesModule],
  controllers: [HttpEventsController],
  providers: [EventsIntake],
})
export class HttpEventsModule {}
