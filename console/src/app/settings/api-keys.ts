import { Component, computed, inject, input, signal, untracked } from '@angular/core';
import { MatDialog } from '@angular/material/dialog';
import { LucidePlus } from '@lucide/angular';

import { toApiError } from '../api/api-error.ts';
import type { ApiKey } from '../api/model.ts';
import { ProjectsApi } from '../api/projects-api.ts';
import { Clock } from '../live/clock.ts';
import { liveSignal } from '../live/live-signal.ts';
import { Confirm, type ConfirmQuestion } from '../ui/confirm.ts';
import { LoadError } from '../ui/load-error.ts';
import { Time } from '../ui/time.ts';
import { VisibleTextPipe } from '../ui/visible-text-pipe.ts';
import { keyState } from './key-state.ts';
import { NewKeyDialog } from './new-key-dialog.ts';

const EVERY_MS = 10_000;

/** Keys of a project: make, see when each was last used, revoke. */
@Component({
  selector: 'sw-api-keys',
  imports: [LoadError, LucidePlus, Time, VisibleTextPipe],
  templateUrl: './api-keys.html',
  styleUrl: './api-keys.scss',
})
export class ApiKeys {
  readonly projectId = input.required<string>();

  private readonly api = inject(ProjectsApi);
  private readonly dialog = inject(MatDialog);
  private readonly clock = inject(Clock);
  private readonly live = liveSignal({
    subject: this.projectId,
    everyMs: EVERY_MS,
    load: () => this.api.keys(untracked(this.projectId)),
  });
  protected readonly state = this.live.state;
  protected readonly problem = signal<string | null>(null);
  protected readonly keys = computed(() => {
    const minute = Math.floor(this.clock.serverNow() / 60_000) * 60_000;
    return this.state().value?.map((key) => ({ ...key, state: keyState(key, minute) })) ?? null;
  });

  protected refresh(): void {
    this.live.refresh();
  }

  protected create(): void {
    this.dialog
      .open<NewKeyDialog, string>(NewKeyDialog, {
        width: '560px',
        data: this.projectId(),
      })
      .afterClosed()
      .subscribe(() => this.live.refresh());
  }

  protected revoke(key: ApiKey): void {
    const question: ConfirmQuestion = {
      title: `Revoke “${key.name}”?`,
      text: 'Programs that use this key are refused within seconds. What they sent before stays.',
      action: 'Revoke key',
      typed: key.prefix,
    };
    this.dialog
      .open<Confirm, ConfirmQuestion, boolean>(Confirm, { data: question, width: '460px' })
      .afterClosed()
      .subscribe((isConfirmed) => {
        if (isConfirmed) this.revokeNow(key);
      });
  }

  private revokeNow(key: ApiKey): void {
    this.problem.set(null);
    this.api.revokeKey(this.projectId(), key.id).subscribe({
      next: () => this.live.refresh(),
      error: (error: unknown) =>
        this.problem.set(`Could not revoke “${key.name}”: ${toApiError(error).detail}`),
    });
  }
}
