import { type JsonObject } from '../contract/index.ts';
import { isObject } from '../field-of.ts';

/** The object a JSON text stands for; undefined for anything else. */
export function parseObject(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
