import { Logger, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { CLOCK, type Clock } from '../kernel/clock.ts';
import { DeclaredGraph } from './graphs/declared-graph.entity.ts';
import { GraphReader } from './graphs/graph-reader.ts';
import { GraphsController } from './graphs/graphs.controller.ts';
import { ConnectionPresence } from './rollup/connection-presence.ts';
import { CommitWatch } from './ingest/commit-watch.ts';
import { HttpIngest } from './ingest/http-ingest.ts';
import { IngestGate } from './ingest/ingest-gate.ts';
import { IngestResponse } from './ingest/ingest-response.ts';
import { KnownSigningKey } from './ingest/known-signing-key.ts';
import { ObservationIngestController } from './ingest/observation-ingest.controller.ts';
import { ObservationPayload } from './observation-payload.entity.ts';
import { ObservationReader } from './reading/observation-reader.ts';
import { Observation } from './observation.entity.ts';
import { PayloadReader } from './reading/payload-reader.ts';
import { PayloadsController } from './reading/payloads.controller.ts';
import { ProjectHour } from './rollup/project-hour.entity.ts';
import { RetentionJob } from './retention/retention-job.ts';
import { RollupLoop } from './rollup/rollup-loop.ts';
import { ServerKey } from './server-key.entity.ts';
import { ServerSigningKey } from './ingest/server-signing-key.ts';
import { TraceIngestController } from './ingest/trace-ingest.controller.ts';
import { TraceReader } from './reading/trace-reader.ts';
import { TraceRollupMark } from './trace-rollup-mark.entity.ts';
import { TraceRollup } from './rollup/trace-rollup.ts';
import { TraceSweep } from './rollup/trace-sweep.ts';
import { TraceWriter } from './merging/trace-writer.ts';
import { Trace } from './trace.entity.ts';
import { TracesController } from './reading/traces.controller.ts';

/** What was observed: stored, added up, read, and taken in over HTTP. */
@Module({
  imports: [
    TypeOrmModule.forFeature([
      Trace,
      Observation,
      ObservationPayload,
      TraceRollupMark,
      ProjectHour,
      ServerKey,
      DeclaredGraph,
    ]),
  ],
  controllers: [
    TracesController,
    PayloadsController,
    TraceIngestController,
    ObservationIngestController,
    GraphsController,
  ],
  providers: [
    TraceWriter,
    TraceReader,
    ObservationReader,
    PayloadReader,
    GraphReader,
    CommitWatch,
    HttpIngest,
    IngestGate,
    IngestResponse,
    ServerSigningKey,
    KnownSigningKey,
    ConnectionPresence,
    RetentionJob,
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
  exports: [TraceWriter, ServerSigningKey, RollupLoop, HttpIngest, IngestGate, IngestResponse],
})
export class TracesModule {}
