import { Logger, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { CLOCK, type Clock } from '../kernel/clock.ts';
import { ConnectionPresence } from './connection-presence.ts';
import { HttpIngest } from './http-ingest.ts';
import { IngestResponse } from './ingest-response.ts';
import { ObservationIngestController } from './observation-ingest.controller.ts';
import { ObservationPayload } from './observation-payload.entity.ts';
import { ObservationReader } from './observation-reader.ts';
import { Observation } from './observation.entity.ts';
import { PayloadReader } from './payload-reader.ts';
import { PayloadsController } from './payloads.controller.ts';
import { RollupLoop } from './rollup-loop.ts';
import { ServerKey } from './server-key.entity.ts';
import { ServerSigningKey } from './server-signing-key.ts';
import { TraceIngestController } from './trace-ingest.controller.ts';
import { TraceReader } from './trace-reader.ts';
import { TraceRollupMark } from './trace-rollup-mark.entity.ts';
import { TraceRollup } from './trace-rollup.ts';
import { TraceSweep } from './trace-sweep.ts';
import { TraceWriter } from './trace-writer.ts';
import { Trace } from './trace.entity.ts';
import { TracesController } from './traces.controller.ts';

/** What was observed: stored, added up, read, and taken in over HTTP. */
@Module({
  imports: [TypeOrmModule.forFeature([Trace, Observation, ObservationPayload, TraceRollupMark, ServerKey])],
  controllers: [TracesController, PayloadsController, TraceIngestController, ObservationIngestController],
  providers: [
    TraceWriter,
    TraceReader,
    ObservationReader,
    PayloadReader,
    HttpIngest,
    IngestResponse,
    ServerSigningKey,
    ConnectionPresence,
    {
      provide: RollupLoop,
      inject: [DataSource, ConnectionPresence, CLOCK],
      useFactory: (dataSource: DataSource, presence: ConnectionPresence, clock: Clock) =>
        new RollupLoop({
          rollup: new TraceRollup(dataSource, presence, clock),
          sweep: new TraceSweep(dataSource, presence, clock),
          clock,
          log: new Logger('Traces'),
        }),
    },
  ],
  exports: [TraceWriter, ServerSigningKey, RollupLoop],
})
export class TracesModule {}
