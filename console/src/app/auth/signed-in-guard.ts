import { inject } from '@angular/core';
import { Router, type CanActivateFn } from '@angular/router';
import { catchError, map, of } from 'rxjs';

import { ApiError } from '../api/api-error.ts';
import { AuthApi } from '../api/auth-api.ts';
import { SessionState } from '../api/session-state.ts';

/** Lets a signed-in person through; others sign in first and come back to where they wanted to go. */
export const signedInGuard: CanActivateFn = (_route, state) => {
  const router = inject(Router);
  if (inject(SessionState).user()) return true;
  const login = router.createUrlTree(['/login'], {
    queryParams: state.url === '/' || state.url === '/projects' ? {} : { returnTo: state.url },
  });
  return inject(AuthApi)
    .me()
    .pipe(
      map(() => true),
      // Without an answer from the server the page itself must still come up: its regions say what is wrong.
      catchError((error: unknown) => of(error instanceof ApiError && error.status !== 401 ? true : login)),
    );
};
