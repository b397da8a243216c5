import { Component, inject, input, signal } from '@angular/core';
import { MatDialog } from '@angular/material/dialog';
import { Router } from '@angular/router';

import { toApiError } from '../api/api-error.ts';
import type { Project } from '../api/model.ts';
import { ProjectDirectory } from '../api/project-directory.ts';
import { ProjectsApi } from '../api/projects-api.ts';
import { Confirm, type ConfirmQuestion } from '../ui/confirm.ts';

/** Deletes the project, after its name was typed. */
@Component({
  selector: 'sw-danger-zone',
  template: `
    <div class="line">
      <p class="muted">
        Deletes the project with its keys, traces and settings. Applications that still use its keys are
        refused. This cannot be undone.
      </p>
      <button type="button" class="btn danger" [disabled]="busy()" (click)="ask()">Delete project…</button>
    </div>
    @if (problem(); as text) {
      <p class="problem" role="alert">{{ text }}</p>
    }
  `,
  styles: `
    .line {
      display: flex;
      align-items: center;
      justify-content: space-between;
      gap: 24px;
    }
    .problem {
      margin-top: 8px;
      color: var(--error);
    }
  `,
})
export class DangerZone {
  readonly project = input.required<Project>();

  private readonly api = inject(ProjectsApi);
  private readonly dialog = inject(MatDialog);
  private readonly directory = inject(ProjectDirectory);
  private readonly router = inject(Router);
  protected readonly busy = signal(false);
  protected readonly problem = signal<string | null>(null);

  protected ask(): void {
    const { name } = this.project();
    const question: ConfirmQuestion = {
      title: `Delete “${name}”?`,
      text: 'Its keys, traces and settings are deleted. This cannot be undone.',
      action: 'Delete project',
      typed: name,
    };
    this.dialog
      .open<Confirm, ConfirmQuestion, boolean>(Confirm, { data: question, width: '460px' })
      .afterClosed()
      .subscribe((isConfirmed) => {
        if (isConfirmed) this.delete();
      });
  }

  private delete(): void {
    const { id } = this.project();
    this.busy.set(true);
    this.problem.set(null);
    this.api.delete(id).subscribe({
      next: () => {
        this.directory.remove(id);
        void this.router.navigateByUrl('/projects');
      },
      error: (error: unknown) => {
        this.busy.set(false);
        this.problem.set(`Could not delete the project: ${toApiError(error).detail}`);
      },
    });
  }
}
