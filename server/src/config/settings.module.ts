import { type DynamicModule, Global, Module } from '@nestjs/common';
import { type Settings } from './settings.ts';

/** Injection token of the process's {@link Settings}. */
export const SETTINGS = Symbol('SETTINGS');

/** Hands the checked settings to everybody. */
@Global()
@Module({})
export class SettingsModule {
  static of(settings: Settings): DynamicModule {
    return {
      module: SettingsModule,
      providers: [{ provide: SETTINGS, useValue: settings }],
      exports: [SETTINGS],
    };
  }
}
