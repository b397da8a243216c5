import { Component, inject, input, output, signal } from '@angular/core';
import { LucideCircleAlert } from '@lucide/angular';

import { toApiError } from '../api/api-error.ts';
import { AuthApi } from '../api/auth-api.ts';

/** E-mail and password; used by the login page and by the form that covers a page whose session has ended. */
@Component({
  selector: 'sw-sign-in-form',
  imports: [LucideCircleAlert],
  template: `
    <form (submit)="submit($event, mail.value, password.value)">
      @if (error(); as message) {
        <div class="notice error" role="alert"><svg lucideCircleAlert [size]="16"></svg>{{ message }}</div>
      }
      <div class="field">
        <label for="sign-in-email">E-mail</label>
        <input
          id="sign-in-email"
          #mail
          class="input"
          name="email"
          type="email"
          autocomplete="username"
          required
          [value]="email()"
        />
      </div>
      <div class="field">
        <label for="sign-in-password">Password</label>
        <input
          id="sign-in-password"
          #password
          class="input"
          name="password"
          type="password"
          autocomplete="current-password"
          required
        />
      </div>
      <button type="submit" class="btn primary" [disabled]="busy()">
        {{ busy() ? 'Signing in…' : 'Sign in' }}
      </button>
    </form>
  `,
  styles: `
    form {
      display: grid;
      gap: 14px;
      margin-top: 18px;
    }
    .input {
      height: 38px;
    }
    .btn {
      height: 38px;
      margin-top: 4px;
    }
  `,
})
export class SignInForm {
  readonly email = input('');
  readonly signedIn = output();

  private readonly auth = inject(AuthApi);
  protected readonly busy = signal(false);
  protected readonly error = signal<string | null>(null);

  protected submit(event: Event, email: string, password: string): void {
    event.preventDefault();
    if (this.busy()) return;
    this.busy.set(true);
    this.error.set(null);
    this.auth.login(email.trim(), password).subscribe({
      next: () => this.signedIn.emit(),
      error: (error: unknown) => {
        this.busy.set(false);
        this.error.set(toApiError(error).detail);
      },
    });
  }
}
