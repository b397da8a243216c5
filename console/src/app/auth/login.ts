import { Component, inject, input } from '@angular/core';
import { toSignal } from '@angular/core/rxjs-interop';
import { Title } from '@angular/platform-browser';
import { Router } from '@angular/router';
import { catchError, of } from 'rxjs';

import { AuthApi } from '../api/auth-api.ts';
import { AuthCard } from './auth-card.ts';
import { returnAddress } from './return-address.ts';
import { SignInForm } from './sign-in-form.ts';

@Component({
  selector: 'sw-login',
  imports: [AuthCard, SignInForm],
  template: `
    <sw-auth-card heading="Sign in">
      @if (needsSetup()) {
        <div class="notice" role="status">
          This server has no account yet. Open the one-time set-up link that it printed in its log when it
          started.
        </div>
      }
      <sw-sign-in-form (signedIn)="enter()" />
    </sw-auth-card>
  `,
  styles: `
    .notice {
      margin-top: 16px;
    }
  `,
})
export class Login {
  /** Query parameter: where to go after signing in. */
  readonly returnTo = input<string>();

  private readonly router = inject(Router);
  protected readonly needsSetup = toSignal(
    inject(AuthApi)
      .needsSetup()
      .pipe(catchError(() => of(false))),
    { initialValue: false },
  );

  constructor() {
    inject(Title).setTitle('Sign in · SwisperStudio');
  }

  protected enter(): void {
    void this.router.navigateByUrl(returnAddress(this.returnTo()));
  }
}
