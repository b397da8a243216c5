import { HttpErrorResponse } from '@angular/common/http';

export interface FieldError {
  field: string;
  message: string;
}

/** A refused or failed request, in the words of its problem+json body where it has one. */
export class ApiError extends Error {
  override readonly name = 'ApiError';

  constructor(
    /** HTTP status, 0 when no answer came. */
    readonly status: number,
    /** A sentence to show. */
    readonly detail: string,
    readonly requestId: string | null = null,
    readonly fields: readonly FieldError[] = [],
  ) {
    super(detail);
  }

  fieldMessage(field: string): string | null {
    return this.fields.find((error) => error.field === field)?.message ?? null;
  }
}

/** Turns whatever a request failed with into an ApiError. */
export function toApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  if (!(error instanceof HttpErrorResponse)) {
    return new ApiError(0, error instanceof Error ? error.message : 'Something went wrong');
  }
  const body = parseBody(error.error);
  const detail = text(body['detail']) ?? text(body['title']) ?? fallbackDetail(error.status);
  return new ApiError(error.status, detail, text(body['request_id']), fieldErrors(body['errors']));
}

function fallbackDetail(status: number): string {
  if (status === 0) return 'The server cannot be reached';
  if (status === 504) return 'The server took too long to answer';
  return `The server answered ${status}`;
}

/** Requests made with responseType text get their problem body as text. */
function parseBody(body: unknown): Record<string, unknown> {
  if (typeof body === 'string') {
    try {
      return record(JSON.parse(body));
    } catch {
      return {};
    }
  }
  return record(body);
}

function record(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

function text(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

function fieldErrors(value: unknown): FieldError[] {
  if (!Array.isArray(value)) return [];
  return value.map(record).flatMap((entry) => {
    const field = text(entry['field']);
    const message = text(entry['message']);
    return field && message ? [{ field, message }] : [];
  });
}
