import { setTimeout as sleep } from 'node:timers/promises';

/** Asks again every 20 ms until the answer is accepted; throws with the last one after `timeoutMs`. */
export async function eventually<T>(
  ask: () => Promise<T> | T,
  isAccepted: (answer: T) => boolean,
  timeoutMs = 300_000,
): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const answer = await ask();
    if (isAccepted(answer)) return answer;
    if (performance.now() > deadline) {
      throw new Error(`Not within ${timeoutMs} ms; the last answer was ${JSON.stringify(answer)}`);
    }
    await sleep(20);
  }
}
