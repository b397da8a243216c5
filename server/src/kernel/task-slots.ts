/** Runs a few tasks at a time. What one of them fails with is thrown to whoever asks next. */
export class TaskSlots {
  private readonly size: number;
  private readonly running = new Set<Promise<void>>();
  private failure: { readonly error: unknown } | null = null;

  constructor(size: number) {
    this.size = size;
  }

  /**
   * Waits for a free place, then starts the task and returns without waiting for its end.
   * @param task is given a promise that resolves when all tasks that began before it have ended
   * @throws what an earlier task failed with; the new one is not started then
   */
  async start(task: (earlier: Promise<unknown>) => Promise<void>): Promise<void> {
    while (this.running.size >= this.size) await Promise.race(this.running);
    this.throwFailure();
    const run = task(Promise.all(this.running))
      .catch((error: unknown) => {
        this.failure ??= { error };
      })
      .finally(() => this.running.delete(run));
    this.running.add(run);
  }

  /**
   * Waits until nothing runs.
   * @throws what a task failed with
   */
  async idle(): Promise<void> {
    while (this.running.size > 0) await Promise.all(this.running);
    this.throwFailure();
  }

  private throwFailure(): void {
    if (this.failure === null) return;
    const { error } = this.failure;
    this.failure = null;
    throw error;
  }
}
