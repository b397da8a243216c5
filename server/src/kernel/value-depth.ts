/**
 * Whether arrays and objects of a parsed JSON value nest deeper than `maxDepth`; `[]` has depth 1. Not recursive: hostile
 * values nest deeper than the stack.
 */
export function isValueDeeperThan(value: unknown, maxDepth: number): boolean {
  let level = isContainer(value) ? [value] : [];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth >= maxDepth) return true;
    const next: object[] = [];
    for (const container of level) {
      for (const item of Object.values(container)) if (isContainer(item)) next.push(item);
    }
    level = next;
  }
  return false;
}

const isContainer = (value: unknown): value is object => typeof value === 'object' && value !== null;
