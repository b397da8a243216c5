import { type DynamicModule, Module } from '@nestjs/common';
import { ConsoleController } from './console.controller.ts';
import { ConsoleFiles } from './console-files.ts';

/** Serves the built console. It answers every path nobody else does: import it last. */
@Module({})
export class ConsoleHostModule {
  /** @param root folder of the built console */
  static of(root: string): DynamicModule {
    return {
      module: ConsoleHostModule,
      controllers: [ConsoleController],
      providers: [{ provide: ConsoleFiles, useFactory: () => new ConsoleFiles(root) }],
    };
  }
}
