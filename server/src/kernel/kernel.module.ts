import { Global, Module } from '@nestjs/common';
import { CLOCK, systemClock } from './clock.ts';
import { Startup } from './startup.ts';
import { VitalSigns } from './vital-signs.ts';

/** The clock, the moment of being ready and the process's vital signs, for everybody. */
@Global()
@Module({
  providers: [{ provide: CLOCK, useValue: systemClock }, Startup, VitalSigns],
  exports: [CLOCK, Startup, VitalSigns],
})
export class KernelModule {}
