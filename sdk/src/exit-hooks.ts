import { type ActiveSdk } from './active-sdk.ts';

const EXIT_FLUSH_MS = 2000;

/**
 * Sends what is buffered before the process ends by itself (`beforeExit`) or by SIGTERM, without changing the exit code and
 * for two seconds at most. Where the application handles SIGTERM itself, it decides about the end; only a flush is begun.
 */
export class ExitHooks {
  private readonly sdk: ActiveSdk;
  private readonly stop: (timeoutMs: number) => Promise<void>;
  private hasFlushed = false;

  /** @param stop shuts this SDK down, so that nothing is recorded afterwards */
  constructor(sdk: ActiveSdk, stop: (timeoutMs: number) => Promise<void>) {
    this.sdk = sdk;
    this.stop = stop;
  }

  install(): void {
    process.on('beforeExit', this.beforeExit);
    // First in line: a listener added with `once` would be gone from the count when its turn has passed.
    process.prependListener('SIGTERM', this.terminated);
  }

  remove(): void {
    process.off('beforeExit', this.beforeExit);
    process.off('SIGTERM', this.terminated);
  }

  private readonly beforeExit = (): void => {
    // Node says it again when the shutdown's own work is done.
    if (this.hasFlushed) return;
    this.hasFlushed = true;
    void this.stop(EXIT_FLUSH_MS);
  };

  private readonly terminated = (): void => {
    const isAlone = process.listenerCount('SIGTERM') === 1;
    if (!isAlone) {
      void this.sdk.flush(EXIT_FLUSH_MS);
      return;
    }
    void this.stop(EXIT_FLUSH_MS).then(() => {
      process.kill(process.pid, 'SIGTERM');
    });
  };
}
