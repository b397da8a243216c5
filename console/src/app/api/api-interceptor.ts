import type { HttpInterceptorFn } from '@angular/common/http';
import { inject } from '@angular/core';
import { catchError, throwError } from 'rxjs';

import { toApiError } from './api-error.ts';
import { SessionState } from './session-state.ts';

/** Speaks one error vocabulary to the rest of the console, and notices when the session has ended. */
export const apiInterceptor: HttpInterceptorFn = (request, next) => {
  const session = inject(SessionState);
  const isAuthCall = request.url.startsWith('/api/v1/auth/');
  return next(request).pipe(
    catchError((error: unknown) => {
      const apiError = toApiError(error);
      if (apiError.status === 401 && !isAuthCall) session.expire();
      return throwError(() => apiError);
    }),
  );
};
