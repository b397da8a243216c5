const EXIT_FLUSH_MS = 2000;

/** Marks the listeners of every copy of the SDK in this process: another copy's does not decide about the end. */
const OWN = Symbol.for('swisper-studio.exit-hook');
const isOwn = (listener: object): boolean => Reflect.get(listener, OWN) === true;

export interface Stoppable {
  flush(timeoutMs: number): Promise<unknown>;
  /** Nothing is recorded afterwards. */
  shutdown(timeoutMs: number): Promise<void>;
}

/**
 * Sends what is buffered before the process ends by itself (`beforeExit`) or by SIGTERM, without changing the exit code and
 * for two seconds at most. Where the application handles SIGTERM itself, it decides about the end; only a flush is begun.
 */
export class ExitHooks {
  private readonly sdk: Stoppable;
  private hasFlushed = false;

  constructor(sdk: Stoppable) {
    this.sdk = sdk;
    Object.defineProperty(this.terminated, OWN, { value: true });
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
    void this.sdk.shutdown(EXIT_FLUSH_MS);
  };

  private readonly terminated = (): void => {
    if (!process.listeners('SIGTERM').every(isOwn)) {
      void this.sdk.flush(EXIT_FLUSH_MS);
      return;
    }
    // A shutdown that runs already may have been given more time than the end of a process has.
    const timeUp = new Promise((resolve) => setTimeout(resolve, EXIT_FLUSH_MS));
    void Promise.race([this.sdk.shutdown(EXIT_FLUSH_MS), timeUp]).then(() => {
      this.remove();
      process.kill(process.pid, 'SIGTERM');
    });
  };
}
