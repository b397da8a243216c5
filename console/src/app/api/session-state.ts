import { computed, Injectable, signal } from '@angular/core';

import type { User } from './model.ts';

/** Who is signed in, and whether the server stopped accepting the session. Polling stops while it is expired. */
@Injectable({ providedIn: 'root' })
export class SessionState {
  private readonly signedInUser = signal<User | null>(null);
  private readonly hasExpired = signal(false);

  readonly user = this.signedInUser.asReadonly();
  /** True between a 401 and the next sign-in: the page stays, a sign-in form covers it. */
  readonly expired = this.hasExpired.asReadonly();
  readonly active = computed(() => this.signedInUser() !== null && !this.hasExpired());

  signIn(user: User): void {
    this.signedInUser.set(user);
    this.hasExpired.set(false);
  }

  signOut(): void {
    this.signedInUser.set(null);
    this.hasExpired.set(false);
  }

  expire(): void {
    if (this.signedInUser() !== null) this.hasExpired.set(true);
  }
}
