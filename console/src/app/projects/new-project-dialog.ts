import { Component, inject, signal } from '@angular/core';
import { MatDialogModule, MatDialogRef } from '@angular/material/dialog';

import { toApiError, type ApiError } from '../api/api-error.ts';
import type { NewProject } from '../api/model.ts';
import { ProjectDirectory } from '../api/project-directory.ts';
import { ProjectsApi } from '../api/projects-api.ts';

interface EnteredProject {
  name: string;
  description: string;
  environment: string;
}

/** Makes a project. Closes with its id. */
@Component({
  selector: 'sw-new-project-dialog',
  imports: [MatDialogModule],
  template: `
    <h2 mat-dialog-title>New project</h2>
    <form
      (submit)="
        create($event, { name: name.value, description: description.value, environment: environment.value })
      "
    >
      <mat-dialog-content>
        <div class="form">
          @if (refusal(); as problem) {
            <div class="notice error" role="alert">{{ problem.detail }}</div>
          }
          <div class="field">
            <label for="project-name">Name</label>
            <input
              id="project-name"
              #name
              class="input"
              name="name"
              required
              maxlength="100"
              autocomplete="off"
              placeholder="booking-agent"
              aria-describedby="project-name-error"
            />
            <span id="project-name-error" class="field-error">{{ refusal()?.fieldMessage('name') }}</span>
          </div>
          <div class="field">
            <label for="project-description">Description <span class="muted">(optional)</span></label>
            <input id="project-description" #description class="input" name="description" maxlength="2000" />
          </div>
          <div class="field">
            <label for="project-environment">Environment <span class="muted">(optional)</span></label>
            <input
              id="project-environment"
              #environment
              class="input"
              name="environment"
              maxlength="50"
              placeholder="production"
            />
          </div>
        </div>
      </mat-dialog-content>
      <mat-dialog-actions align="end">
        <button type="button" class="btn" (click)="dialog.close()">Cancel</button>
        <button type="submit" class="btn primary" [disabled]="busy()">
          {{ busy() ? 'Creating…' : 'Create project' }}
        </button>
      </mat-dialog-actions>
    </form>
  `,
  styles: `
    .form {
      display: grid;
      gap: 14px;
      padding-top: 2px;
    }
    mat-dialog-actions {
      gap: 8px;
      padding: 12px 24px 20px;
    }
  `,
})
export class NewProjectDialog {
  protected readonly dialog = inject<MatDialogRef<NewProjectDialog, string>>(MatDialogRef);
  private readonly api = inject(ProjectsApi);
  private readonly directory = inject(ProjectDirectory);
  protected readonly busy = signal(false);
  protected readonly refusal = signal<ApiError | null>(null);

  protected create(event: Event, entered: EnteredProject): void {
    event.preventDefault();
    if (this.busy()) return;
    this.busy.set(true);
    this.refusal.set(null);
    this.api.create(withoutBlanks(entered)).subscribe({
      next: (project) => {
        this.directory.put(project);
        this.dialog.close(project.id);
      },
      error: (error: unknown) => {
        this.busy.set(false);
        this.refusal.set(toApiError(error));
      },
    });
  }
}

function withoutBlanks({ name, description, environment }: EnteredProject): NewProject {
  return {
    name: name.trim(),
    ...(description.trim() ? { description: description.trim() } : {}),
    ...(environment.trim() ? { environment: environment.trim() } : {}),
  };
}
