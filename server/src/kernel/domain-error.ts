/** What kind of refusal this is. `http/problem-filter.ts` maps it to a status. */
export type ErrorKind =
  | 'invalid'
  | 'unauthenticated'
  | 'forbidden'
  | 'not_found'
  | 'conflict'
  | 'gone'
  | 'too_large'
  | 'too_slow'
  | 'too_many'
  | 'unavailable';

/** What is wrong with one field of a request; `field` is its path, e.g. `counters.accepted`. */
export interface FieldError {
  field: string;
  message: string;
}

export interface DomainErrorExtras {
  errors?: readonly FieldError[];
  /** When asking again makes sense; becomes the `Retry-After` header. */
  retryAfterSeconds?: number;
  cause?: unknown;
}

/** A refusal with words for the one who asked: `message` is shown as the problem's `detail`. */
export class DomainError extends Error {
  override readonly name = 'DomainError';
  readonly kind: ErrorKind;
  readonly errors: readonly FieldError[];
  readonly retryAfterSeconds: number | null;

  constructor(kind: ErrorKind, message: string, extras: DomainErrorExtras = {}) {
    super(message, extras.cause === undefined ? undefined : { cause: extras.cause });
    this.kind = kind;
    this.errors = extras.errors ?? [];
    this.retryAfterSeconds = extras.retryAfterSeconds ?? null;
  }
}

/** A request with one bad field: the message names the field by itself. */
export function invalidField(field: string, message: string): DomainError {
  return new DomainError('invalid', `${field} ${message}`, {
    errors: [{ field, message: `${field} ${message}` }],
  });
}
