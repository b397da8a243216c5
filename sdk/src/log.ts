import { type Message } from './contract/index.ts';

/** Where the SDK's few lines go; `console` unless given. */
export interface SdkLogger {
  info(line: string): void;
  warn(line: string): void;
  error(line: string): void;
}

/** Whether something given as logger can be used as one. */
export function isLogger(value: unknown): value is SdkLogger {
  try {
    if (typeof value !== 'object' || value === null) return false;
    return ['info', 'warn', 'error'].every((level) => typeof Reflect.get(value, level) === 'function');
  } catch {
    return false;
  }
}

/** Writes a message line by line. A logger that throws is ignored: the host comes first. */
export function say(logger: SdkLogger, message: Message): void {
  try {
    for (const line of message.lines) logger[message.level](line);
  } catch {
    return;
  }
}

/** Text of anything thrown, without its stack. */
export function reasonOf(error: unknown): string {
  try {
    const isError = typeof error === 'object' && error !== null && 'message' in error;
    return String(isError ? error.message : error);
  } catch {
    return 'unknown error';
  }
}
