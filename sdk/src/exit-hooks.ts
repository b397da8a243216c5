import { nextTurn, nextTurnIfAny } from './timers.ts';

const EXIT_FLUSH_MS = 2000;
/** Each makes Node say `beforeExit` again: an application that records something each time would never end. */
const MAX_RESTS = 100;
/** What ends a process in order. SIGHUP and the others end it as they always did. */
const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

/**
 * The first process of a container: a signal that it does not handle does nothing, so it lives on until it is killed, and is traced
 * until then.
 */
const FIRST_PID = 1;

/** Marks the listeners of every copy of the SDK in this process: another copy's does not decide about the end. */
const OWN = Symbol.for('swisper-studio.exit-hook');
const isOwn = (listener: object): boolean => Reflect.get(listener, OWN) === true;

export interface Stoppable {
  /** Whether everything was sent in time. Never rejects. */
  flush(timeoutMs: number): Promise<boolean>;
  /** Nothing is recorded afterwards. Takes at most the time, also where it runs already and was given more. */
  shutdown(timeoutMs: number): Promise<void>;
  /** Whether something is to be sent, or a goodbye said, since it rested last. */
  readonly isBusy: boolean;
  /** Sends what is buffered and says goodbye, in at most the time; goes on where the process does. */
  rest(timeoutMs: number): Promise<void>;
  /** Writes what is buffered to a connection that is there, without waiting for anything. */
  leave(): void;
}

/**
 * Sends what is buffered before the process ends by itself (`beforeExit`), by SIGTERM or by SIGINT, without changing the exit
 * code and for two seconds at most. A process that goes on after `beforeExit` is traced on. Where the application handles the
 * signal itself, or it does not end the process, only a flush is begun. An end that waits for nobody (`process.exit()`, an
 * uncaught exception) leaves time for one write.
 */
export class ExitHooks {
  private readonly sdk: Stoppable;
  private readonly pid: number;
  private rests = 0;
  private isEndingNow = false;
  private isInstalled = false;

  /** @param pid of this process */
  constructor(sdk: Stoppable, pid: number = process.pid) {
    this.sdk = sdk;
    this.pid = pid;
    Object.defineProperty(this.terminated, OWN, { value: true });
  }

  /** The listeners of `beforeExit` run, or what follows from them in the same turn: by itself, that keeps no process alive. */
  get isEnding(): boolean {
    return this.isEndingNow;
  }

  install(): void {
    this.isInstalled = true;
    process.prependListener('beforeExit', this.beforeExit);
    process.on('exit', this.exiting);
    // First in line: a listener added with `once` would be gone from the count when its turn has passed.
    for (const signal of SIGNALS) process.prependListener(signal, this.terminated);
  }

  remove(): void {
    this.isInstalled = false;
    process.off('beforeExit', this.beforeExit);
    process.off('exit', this.exiting);
    for (const signal of SIGNALS) process.off(signal, this.terminated);
  }

  private readonly beforeExit = (): void => {
    this.isEndingNow = true;
    nextTurnIfAny(() => (this.isEndingNow = false));
    // After the application's listeners, which may record something. With nothing to do the process ends without another turn.
    process.nextTick(() => {
      if (!this.sdk.isBusy || this.rests === MAX_RESTS) return;
      this.rests += 1;
      void this.sdk.rest(EXIT_FLUSH_MS);
    });
  };

  private readonly exiting = (): void => this.sdk.leave();

  private readonly terminated = (signal: NodeJS.Signals): void => {
    if (!process.listeners(signal).every(isOwn)) {
      this.stepAside(signal);
      return;
    }
    if (this.pid === FIRST_PID) {
      void this.sdk.flush(EXIT_FLUSH_MS);
      return;
    }
    void this.sdk.shutdown(EXIT_FLUSH_MS).then(() => {
      this.remove();
      process.kill(this.pid, signal);
    });
  };

  /**
   * Out of the list while the application's listeners run: there are some (signal-exit's) that end the process only where
   * nobody else listens, and with each waiting for the other the process would stay.
   */
  private stepAside(signal: NodeJS.Signals): void {
    process.off(signal, this.terminated);
    void this.sdk.flush(EXIT_FLUSH_MS);
    nextTurn(() => {
      if (this.isInstalled) process.prependListener(signal, this.terminated);
    });
  }
}
