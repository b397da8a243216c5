import { registerDecorator } from 'class-validator';

const WITHOUT_OFFSET = /\d[T ]\d(?!.*(?:[zZ]|[+-]\d\d:?\d\d)$)/;

/**
 * The moment a text of a request tells; without an offset it is UTC. Null when it is none, or outside the years 1 to
 * 9999, which answers could not write.
 */
export function momentOf(text: string): Date | null {
  const moment = new Date(WITHOUT_OFFSET.test(text) ? `${text}Z` : text);
  const year = moment.getUTCFullYear();
  return year >= 1 && year <= 9999 ? moment : null;
}

/** Beside `IsISO8601`, which also lets through what is no moment to us: weeks, days of the year, the year 0. */
export function IsMoment(): PropertyDecorator {
  return (target, propertyKey) =>
    registerDecorator({
      name: 'isMoment',
      target: target.constructor,
      propertyName: String(propertyKey),
      options: { message: '$property must be an RFC 3339 time' },
      validator: { validate: (value: unknown) => typeof value === 'string' && momentOf(value) !== null },
    });
}
