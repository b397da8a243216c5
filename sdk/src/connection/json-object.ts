import { type JsonObject } from '../contract/index.ts';

export const isObject = (value: unknown): value is JsonObject => typeof value === 'object' && value !== null;

/** The object a JSON text stands for; undefined for anything else. */
export function parseObject(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
