import { Module } from '@nestjs/common';
import { ConsoleController } from './console.controller.ts';
import { ConsoleFiles } from './console-files.ts';

/** Serves the built console. It answers every path nobody else does: import it last. */
@Module({
  controllers: [ConsoleController],
  providers: [{ provide: ConsoleFiles, useFactory: () => new ConsoleFiles() }],
})
export class ConsoleHostModule {}
