/**
 * The moment the database is there and migrated. The process listens before it, so that probes are answered while it
 * waits; work that needs the database waits here.
 */
export class Startup {
  private finish: () => void = () => undefined;
  private hasFinished = false;
  private readonly finished = new Promise<void>((resolve) => {
    this.finish = resolve;
  });

  /** Resolves once; never when the process ends before. */
  whenReady(): Promise<void> {
    return this.finished;
  }

  get isReady(): boolean {
    return this.hasFinished;
  }

  markReady(): void {
    this.hasFinished = true;
    this.finish();
  }
}
