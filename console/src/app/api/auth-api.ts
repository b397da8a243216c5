import { HttpClient } from '@angular/common/http';
import { inject, Injectable } from '@angular/core';
import { map, tap, type Observable } from 'rxjs';

import type { User } from './model.ts';
import { SessionState } from './session-state.ts';

@Injectable({ providedIn: 'root' })
export class AuthApi {
  private readonly http = inject(HttpClient);
  private readonly session = inject(SessionState);

  login(email: string, password: string): Observable<User> {
    return this.signIn(this.http.post<{ user: User }>('/api/v1/auth/login', { email, password }));
  }

  logout(): Observable<unknown> {
    return this.http.post('/api/v1/auth/logout', {}).pipe(tap(() => this.session.signOut()));
  }

  me(): Observable<User> {
    return this.signIn(this.http.get<{ user: User }>('/api/v1/auth/me'));
  }

  /** Whether the first account still has to be made with the link the server printed. */
  needsSetup(): Observable<boolean> {
    return this.http
      .get<{ needs_setup: boolean }>('/api/v1/auth/state')
      .pipe(map((state) => state.needs_setup));
  }

  checkSetupToken(token: string): Observable<unknown> {
    return this.http.get('/api/v1/auth/setup', { params: { token } });
  }

  setup(account: { token: string; email: string; password: string; name?: string }): Observable<User> {
    return this.signIn(this.http.post<{ user: User }>('/api/v1/auth/setup', account));
  }

  private signIn(answer: Observable<{ user: User }>): Observable<User> {
    return answer.pipe(
      map(({ user }) => user),
      tap((user) => this.session.signIn(user)),
    );
  }
}
