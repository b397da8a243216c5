import { uuidv7 } from '../../kernel/uuid.ts';

const SERVER_INSTANCE = /^http-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Under this name a server process numbers what programs without numbers of their own send over HTTP. */
export function newServerInstance(): string {
  return `http-${uuidv7()}`;
}

/**
 * Whether an instance id is a server process's own: `http-<uuid>`. In an entry that the server signed it says that the
 * sender is no known process; every other instance id in such an entry is the one that sent it to `POST /events`,
 * where ids of this shape are refused.
 */
export function isServerInstance(instanceId: string): boolean {
  return SERVER_INSTANCE.test(instanceId);
}
