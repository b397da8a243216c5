/** Anything that may have fields, arrays and instances included. */
export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;

/** One field of something this SDK did not make: a getter that throws, or no object at all, is a field not set. */
export const fieldOf = (value: unknown, key: string): unknown => {
  try {
    return isObject(value) ? value[key] : undefined;
  } catch {
    return undefined;
  }
};
