/** Programs talk to their parent through standard output: the SDK's lines go elsewhere. */
export const quiet = {
  info: (line: string): void => console.error(line),
  warn: (line: string): void => console.error(line),
  error: (line: string): void => console.error(line),
};

/** A program whose parent died does not stay. */
export const endAfterTenMinutes = (): void => {
  setTimeout(() => process.exit(99), 600_000).unref();
};
