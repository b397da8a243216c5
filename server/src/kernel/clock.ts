/** Where the time comes from. Everything that asks for it takes a Clock, so that tests can move it. */
export interface Clock {
  now(): Date;
  /** Milliseconds since 1970, UTC. */
  nowMs(): number;
}

/** Injection token of the process's clock. */
export const CLOCK = Symbol('CLOCK');

/** The machine's own time. */
export const systemClock: Clock = {
  now: () => new Date(),
  nowMs: () => Date.now(),
};
