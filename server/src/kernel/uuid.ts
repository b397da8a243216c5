import { v7 } from 'uuid';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Belongs to nobody: stands for "no project" and "the trace itself" in keys. */
export const NIL_UUID = '00000000-0000-0000-0000-000000000000';

/** Whether the text is a UUID with hyphens, of any version, upper or lower case. */
export function isUuid(text: unknown): text is string {
  return typeof text === 'string' && UUID.test(text);
}

/** A new UUID that sorts by the time it was made. */
export function uuidv7(): string {
  return v7();
}
