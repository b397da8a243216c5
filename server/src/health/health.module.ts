import { Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { HealthController } from './health.controller.ts';
import { ProcessState } from './process-state.ts';

/** /health/live and /health/ready. Parts that can get stuck register with `VitalSigns`. */
@Module({
  // A failing probe is the prober's to report.
  imports: [TerminusModule.forRoot({ logger: false })],
  controllers: [HealthController],
  providers: [ProcessState],
})
export class HealthModule {}
