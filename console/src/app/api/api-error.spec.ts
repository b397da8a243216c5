import { describe, expect, it } from '@jest/globals';
import { HttpErrorResponse } from '@angular/common/http';

import { toApiError } from './api-error.ts';

describe('a refused request', () => {
  it('is told in the words of the server, by field where it names one', () => {
    const body = {
      detail: 'Validation failed',
      request_id: 'r1',
      errors: [{ field: 'name', message: 'too long' }],
    };
    const error = toApiError(new HttpErrorResponse({ status: 400, error: body }));
    expect(error).toMatchObject({ status: 400, detail: 'Validation failed', requestId: 'r1' });
    expect(error.fieldMessage('name')).toBe('too long');
    expect(error.fieldMessage('email')).toBeNull();
  });

  it('is understood when the body came as text', () => {
    const error = new HttpErrorResponse({ status: 404, error: '{"detail":"Trace not found"}' });
    expect(toApiError(error).detail).toBe('Trace not found');
  });

  it('has a sentence of its own when the server said nothing', () => {
    expect(toApiError(new HttpErrorResponse({ status: 0 })).detail).toBe('The server cannot be reached');
    expect(toApiError(new HttpErrorResponse({ status: 502, error: '<html>' })).detail).toBe(
      'The server answered 502',
    );
  });
});
