import { Global, Module } from '@nestjs/common';
import { CLOCK, systemClock } from './clock.ts';
import { VitalSigns } from './vital-signs.ts';

/** The clock and the process's vital signs, for everybody. */
@Global()
@Module({
  providers: [{ provide: CLOCK, useValue: systemClock }, VitalSigns],
  exports: [CLOCK, VitalSigns],
})
export class KernelModule {}
