import { type DynamicModule, Global, Module } from '@nestjs/common';
import { CLOCK, type Clock } from './clock.ts';
import { Startup } from './startup.ts';
import { VitalSigns } from './vital-signs.ts';

/** The clock, the moment of being ready and the process's vital signs, for everybody. */
@Global()
@Module({})
export class KernelModule {
  static with(clock: Clock): DynamicModule {
    return {
      module: KernelModule,
      providers: [{ provide: CLOCK, useValue: clock }, Startup, VitalSigns],
      exports: [CLOCK, Startup, VitalSigns],
    };
  }
}
