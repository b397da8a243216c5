/** Steps that take longer than this are reported. */
const QUIET_MS = 1_000;

/** Runs a step; prints its name once it has taken a second, and how long it took at its end. */
export async function step<T>(name: string, run: () => Promise<T>): Promise<T> {
  const startedAt = performance.now();
  const announce = setTimeout(() => print(`… ${name}`), QUIET_MS);
  try {
    const result = await run();
    const seconds = (performance.now() - startedAt) / 1000;
    if (seconds * 1000 > QUIET_MS) print(`✓ ${name} (${seconds.toFixed(1)} s)`);
    return result;
  } finally {
    clearTimeout(announce);
  }
}

export function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Ends the program with a message a person can act on, not a stack trace. */
export function fail(message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}
