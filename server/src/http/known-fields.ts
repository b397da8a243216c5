import type { Type } from '@nestjs/common';
import { getMetadataStorage } from 'class-validator';

/**
 * Fields of a body that its class knows, and the first few others, which are to be refused. What makes an instance takes a
 * time that grows with the square of the number of fields: all of a large body's would be minutes.
 */
export function withFewUnknown(target: Type, body: object, maxUnknown: number): object {
  const known = knownFields(target);
  let unknown = 0;
  return Object.fromEntries(
    Object.entries(body).filter(([field]) => known.has(field) || ++unknown <= maxUnknown),
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

/** What a value of a body may be made of. */
export interface ValueSize {
  /** Of one object. */
  readonly members: number;
  /** In all. */
  readonly values: number;
}

/** Whether a parsed JSON value is larger than that. Not recursive. */
export function isValueLargerThan(value: unknown, most: ValueSize): boolean {
  const left: unknown[] = [value];
  let values = 0;
  while (left.length > 0) {
    const next = left.pop();
    if (typeof next !== 'object' || next === null) continue;
    const items: unknown[] = Object.values(next);
    values += items.length;
    if (values > most.values || (!Array.isArray(next) && items.length > most.members)) return true;
    for (const item of items) left.push(item);
  }
  return false;
}
