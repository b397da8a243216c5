import { cancel, holdingLater, type Timer } from './timers.ts';

/** Waits for it, however it ends, but no longer than the time. Keeps the process alive until then. Never rejects. */
export async function within(work: Promise<unknown>, timeoutMs: number): Promise<void> {
  let timer: Timer | undefined;
  const timeUp = new Promise<void>((resolve) => {
    timer = holdingLater(resolve, timeoutMs);
  });
  await Promise.allSettled([Promise.race([work, timeUp])]);
  cancel(timer);
}
