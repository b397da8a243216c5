import { isRecord } from './is-record.ts';

/**
 * Whether arrays and objects of a parsed JSON value nest deeper than `maxDepth`; `[]` has depth 1. Goes no deeper than that:
 * hostile values nest deeper than the stack, so `maxDepth` must not.
 */
export function isValueDeeperThan(value: unknown, maxDepth: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (maxDepth === 0) return true;
  if (Array.isArray(value)) return value.some((item) => isValueDeeperThan(item, maxDepth - 1));
  if (isRecord(value))
    for (const name in value) if (isValueDeeperThan(value[name], maxDepth - 1)) return true;
  return false;
}
