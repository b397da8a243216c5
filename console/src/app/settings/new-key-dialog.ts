import { Component, inject, signal } from '@angular/core';
import { MAT_DIALOG_DATA, MatDialogModule, MatDialogRef } from '@angular/material/dialog';
import { LucideTriangleAlert } from '@lucide/angular';

import { toApiError, type ApiError } from '../api/api-error.ts';
import type { CreatedApiKey, KeyScope } from '../api/model.ts';
import { ProjectsApi } from '../api/projects-api.ts';
import { CopyButton } from '../ui/copy-button.ts';
import { Onboarding } from '../ui/onboarding.ts';
import { expiryAfter } from './key-state.ts';

const SCOPES: readonly { name: KeyScope; text: string }[] = [
  { name: 'ingest', text: 'Send heartbeats, traces and observations' },
  { name: 'read', text: 'Read traces and status through the API' },
  { name: 'tracing', text: 'Turn tracing on and off' },
];

const LIFETIMES: readonly { days: number; label: string }[] = [
  { days: 30, label: '30 days' },
  { days: 90, label: '90 days' },
  { days: 365, label: '1 year' },
  { days: 0, label: 'Never' },
];

/** Makes a key and shows its secret, once; closing takes a deliberate click, so that it is not lost by accident. */
@Component({
  selector: 'sw-new-key-dialog',
  imports: [CopyButton, LucideTriangleAlert, MatDialogModule, Onboarding],
  templateUrl: './new-key-dialog.html',
  styleUrl: './new-key-dialog.scss',
})
export class NewKeyDialog {
  protected readonly projectId = inject<string>(MAT_DIALOG_DATA);
  protected readonly dialog = inject<MatDialogRef<NewKeyDialog>>(MatDialogRef);
  private readonly api = inject(ProjectsApi);

  protected readonly scopes = SCOPES;
  protected readonly lifetimes = LIFETIMES;
  protected readonly chosen = signal<readonly KeyScope[]>(['ingest']);
  protected readonly busy = signal(false);
  protected readonly refusal = signal<ApiError | null>(null);
  protected readonly made = signal<CreatedApiKey | null>(null);

  protected choose(scope: KeyScope, isWanted: boolean): void {
    this.chosen.update((chosen) =>
      SCOPES.map(({ name }) => name).filter((name) => (name === scope ? isWanted : chosen.includes(name))),
    );
  }

  protected create(event: Event, name: string, days: string): void {
    event.preventDefault();
    if (this.busy() || this.chosen().length === 0) return;
    this.busy.set(true);
    this.refusal.set(null);
    const expires = expiryAfter(Number(days), Date.now());
    this.api
      .createKey(this.projectId, {
        name: name.trim(),
        scopes: [...this.chosen()],
        ...(expires === undefined ? {} : { expires_at: expires }),
      })
      .subscribe({
        next: (key) => {
          this.dialog.disableClose = true;
          this.made.set(key);
        },
        error: (error: unknown) => {
          this.busy.set(false);
          this.refusal.set(toApiError(error));
        },
      });
  }
}
