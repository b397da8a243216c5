const UUID = /^([0-9a-f]{8})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{12})$/;

/**
 * The project's UUID as the server writes it; undefined for anything else. Written in several ways it is one project all
 * the same: numbered apart, the events of one way would be taken for duplicates of the other's.
 */
export function canonicalProjectId(given: unknown): string | undefined {
  if (typeof given !== 'string' || given.length > 36) return undefined;
  const groups = UUID.exec(given.toLowerCase());
  return groups?.slice(1).join('-');
}
