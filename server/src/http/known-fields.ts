import type { Type } from '@nestjs/common';
import { getMetadataStorage } from 'class-validator';

/** Unknown fields that are named in a refusal; with more of them nobody is helped. */
const MAX_UNKNOWN = 10;

/**
 * Fields of a body that its class knows, and the first few others, which are still to be refused or dropped. What makes an
 * instance takes a time that grows with the square of the number of fields: all of a large body's would be minutes.
 */
export function withFewUnknown(target: Type, body: object): object {
  const known = knownFields(target);
  let unknown = 0;
  return Object.fromEntries(
    Object.entries(body).filter(([field]) => known.has(field) || ++unknown <= MAX_UNKNOWN),
  );
}

const fieldsOf = new WeakMap<Type, ReadonlySet<string>>();

function knownFields(target: Type): ReadonlySet<string> {
  const found = fieldsOf.get(target);
  if (found !== undefined) return found;
  const rules = getMetadataStorage().getTargetValidationMetadatas(target, '', false, false);
  const fields = new Set(rules.map(({ propertyName }) => propertyName));
  fieldsOf.set(target, fields);
  return fields;
}

/** Whether an object in a parsed JSON value has more than `maxMembers`. Not recursive; of arrays any length will do. */
export function hasLargerObject(value: unknown, maxMembers: number): boolean {
  const left: unknown[] = [value];
  while (left.length > 0) {
    const next = left.pop();
    if (typeof next !== 'object' || next === null) continue;
    const items: unknown[] = Object.values(next);
    if (!Array.isArray(next) && items.length > maxMembers) return true;
    for (const item of items) left.push(item);
  }
  return false;
}
