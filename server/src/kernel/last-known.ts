import { type Clock } from './clock.ts';

interface LastKnownRules {
  /** A value that was learnt less than this ago is given without asking. */
  freshMs: number;
  /** How old a value may be that stands in for an answer. */
  maxAgeMs: number;
  /** How long an answer is waited for where there is a value to fall back on. */
  patienceMs: number;
  /** After a failure the value is given at once for this long. */
  pauseMs: number;
  /** The oldest goes when there are more. */
  maxEntries: number;
}

interface Known<T> {
  value: T;
  learntAtMs: number;
  askAgainAtMs: number;
}

/**
 * Remembers answers, to give them again while the one who knows cannot be asked: what was found stays found for
 * `maxAgeMs`, although nobody can say whether it still holds. "There is none" is an answer too, and is forgotten.
 */
export class LastKnown<T> {
  private readonly known = new Map<string, Known<T>>();
  private readonly clock: Clock;
  private readonly rules: LastKnownRules;

  constructor(clock: Clock, rules: LastKnownRules) {
    this.clock = clock;
    this.rules = rules;
  }

  /** @throws what `ask` throws, where nothing is known that may stand in for its answer */
  async get(key: string, ask: () => Promise<T | null>): Promise<T | null> {
    const known = this.usable(key);
    if (known === null) return this.learn(key, await ask());
    if (known.askAgainAtMs > this.clock.nowMs()) return known.value;
    try {
      return this.learn(key, await within(ask(), this.rules.patienceMs));
    } catch {
      known.askAgainAtMs = this.clock.nowMs() + this.rules.pauseMs;
      return known.value;
    }
  }

  forget(key: string): void {
    this.known.delete(key);
  }

  private usable(key: string): Known<T> | null {
    const known = this.known.get(key);
    const isUsable = known !== undefined && this.clock.nowMs() - known.learntAtMs <= this.rules.maxAgeMs;
    return isUsable ? known : null;
  }

  private learn(key: string, value: T | null): T | null {
    this.known.delete(key);
    if (value === null) return null;
    const nowMs = this.clock.nowMs();
    this.known.set(key, { value, learntAtMs: nowMs, askAgainAtMs: nowMs + this.rules.freshMs });
    const oldest = this.known.keys().next();
    if (this.known.size > this.rules.maxEntries && !oldest.done) this.known.delete(oldest.value);
    return value;
  }
}

/** Rejects when there is no answer within the time; the answer may still come, and is not missed then. */
async function within<T>(answer: Promise<T>, ms: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('No answer in time')), ms);
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
    answer.catch(() => undefined);
  }
}
