import { isUuid } from '../../kernel/uuid.ts';

/** What a dead letter is found by. */
export interface DeadLetterKey {
  /** The verified project, else the nil UUID. */
  readonly projectId: string;
  /** Redis id of the entry. */
  readonly entryId: string;
  /** Position in the entry; -1 for the entry as a whole. */
  readonly eventIndex: number;
}

const ENTRY_ID = /^\d{1,20}-\d{1,20}$/;
const INDEX = /^(?:-1|\d{1,9})$/;

/** The id people and programs use: `<project>.<entry>.<index>`. */
export function deadLetterId({ projectId, entryId, eventIndex }: DeadLetterKey): string {
  return `${projectId}.${entryId}.${String(eventIndex)}`;
}

/** Null for a text that no dead letter can have as its id. */
export function parseDeadLetterId(id: string): DeadLetterKey | null {
  const [projectId, entryId = '', index = '', ...rest] = id.split('.');
  if (!isUuid(projectId) || !ENTRY_ID.test(entryId) || !INDEX.test(index) || rest.length > 0) return null;
  return { projectId: projectId.toLowerCase(), entryId, eventIndex: Number(index) };
}
