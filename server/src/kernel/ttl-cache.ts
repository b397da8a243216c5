import { type Clock } from './clock.ts';

interface CacheRules {
  /** How long a found value is believed. */
  ttlMs: number;
  /** How long "there is none" is believed. */
  missingTtlMs: number;
  /** The oldest goes when there are more. */
  maxEntries: number;
}

interface Entry<T> {
  value: Promise<T | null>;
  expiresAtMs: number;
}

/** A bounded look-aside cache; several who ask for the same key at once cause one load. A failed load is not kept. */
export class TtlCache<T> {
  private readonly entries = new Map<string, Entry<T>>();
  private readonly clock: Clock;
  private readonly rules: CacheRules;

  constructor(clock: Clock, rules: CacheRules) {
    this.clock = clock;
    this.rules = rules;
  }

  get(key: string, load: () => Promise<T | null>): Promise<T | null> {
    const known = this.entries.get(key);
    if (known !== undefined && known.expiresAtMs > this.clock.nowMs()) return known.value;
    const loadedAtMs = this.clock.nowMs();
    const entry: Entry<T> = { value: load(), expiresAtMs: loadedAtMs + this.rules.ttlMs };
    this.entries.delete(key);
    this.entries.set(key, entry);
    this.dropOldest();
    entry.value.then(
      (value) => {
        if (value === null) entry.expiresAtMs = loadedAtMs + this.rules.missingTtlMs;
      },
      () => {
        if (this.entries.get(key) === entry) this.entries.delete(key);
      },
    );
    return entry.value;
  }

  evict(key: string): void {
    this.entries.delete(key);
  }

  private dropOldest(): void {
    if (this.entries.size <= this.rules.maxEntries) return;
    const oldest = this.entries.keys().next();
    if (!oldest.done) this.entries.delete(oldest.value);
  }
}
