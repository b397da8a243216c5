import { Component, computed, inject, input, signal } from '@angular/core';
import { toObservable, toSignal } from '@angular/core/rxjs-interop';
import { Title } from '@angular/platform-browser';
import { Router, RouterLink } from '@angular/router';
import { LucideCircleAlert } from '@lucide/angular';
import { catchError, map, of, switchMap } from 'rxjs';

import { ApiError, toApiError } from '../api/api-error.ts';
import { AuthApi } from '../api/auth-api.ts';
import { AuthCard } from './auth-card.ts';

const MIN_PASSWORD_CHARS = 12;

/** First run: makes the admin account with the one-time link that the server printed. */
@Component({
  selector: 'sw-setup',
  imports: [AuthCard, LucideCircleAlert, RouterLink],
  templateUrl: './setup.html',
  styles: `
    form {
      display: grid;
      gap: 14px;
      margin-top: 18px;
    }
    .input,
    .btn {
      height: 38px;
    }
    .notice {
      margin-top: 16px;
    }
    .back {
      display: inline-block;
      margin-top: 14px;
    }
  `,
})
export class Setup {
  /** Query parameter of the printed link. */
  readonly token = input<string>();

  private readonly auth = inject(AuthApi);
  private readonly router = inject(Router);
  protected readonly minChars = MIN_PASSWORD_CHARS;
  protected readonly busy = signal(false);
  protected readonly refusal = signal<ApiError | null>(null);

  /** undefined while being checked, null when good, else why the link does not work. */
  protected readonly linkProblem = toSignal(
    toObservable(this.token).pipe(
      switchMap((token) =>
        this.auth.checkSetupToken(token ?? '').pipe(
          map(() => null),
          catchError((error: unknown) => of(toApiError(error).detail)),
        ),
      ),
    ),
  );
  protected readonly message = computed(() => {
    const refusal = this.refusal();
    return refusal && refusal.fields.length === 0 ? refusal.detail : null;
  });

  constructor() {
    inject(Title).setTitle('Set up · SwisperStudio');
  }

  protected submit(event: Event, account: { name: string; email: string; password: string }): void {
    event.preventDefault();
    if (this.busy()) return;
    this.busy.set(true);
    this.refusal.set(null);
    const { name, email, password } = account;
    this.auth
      .setup({
        token: this.token() ?? '',
        email: email.trim(),
        password,
        ...(name.trim() ? { name: name.trim() } : {}),
      })
      .subscribe({
        next: () => void this.router.navigateByUrl('/projects'),
        error: (error: unknown) => {
          this.busy.set(false);
          this.refusal.set(toApiError(error));
        },
      });
  }
}
