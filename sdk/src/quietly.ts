/**
 * Runs something of the SDK's own within the host's path: whatever goes wrong in it, the host never sees it.
 */
export function quietly<T>(body: () => T): T | undefined {
  try {
    return body();
  } catch {
    return undefined;
  }
}
