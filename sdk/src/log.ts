import { type Message } from './contract/index.ts';

/** Where the SDK's few lines go; `console` unless given. */
export interface SdkLogger {
  info(line: string): void;
  warn(line: string): void;
  error(line: string): void;
}

/** What its methods return is not waited for. */
const isPromise = (value: unknown): value is PromiseLike<unknown> =>
  typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';

/** Whether something given as logger can be used as one. */
export function isLogger(value: unknown): value is SdkLogger {
  try {
    if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return false;
    return ['info', 'warn', 'error'].every((level) => typeof Reflect.get(value, level) === 'function');
  } catch {
    return false;
  }
}

/** Writes a message line by line. A logger that throws, or whose promise rejects, is ignored: the host comes first. */
export function say(logger: SdkLogger, message: Message): void {
  try {
    for (const line of message.lines) {
      const written: unknown = logger[message.level](line);
      // Unhandled, its rejection would end the process.
      if (isPromise(written)) written.then(undefined, () => undefined);
    }
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
