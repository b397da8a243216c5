import { Component, inject, input, linkedSignal, output, signal } from '@angular/core';

import { toApiError, type ApiError } from '../api/api-error.ts';
import type { Project, ProjectChange } from '../api/model.ts';
import { ProjectDirectory } from '../api/project-directory.ts';
import { ProjectsApi } from '../api/projects-api.ts';
import { CopyButton } from '../ui/copy-button.ts';

interface Draft {
  name: string;
  description: string;
  environment: string;
  time_zone: string;
}

/** Name, description and the like. What is typed is kept while the page refreshes. */
@Component({
  selector: 'sw-general-settings',
  imports: [CopyButton],
  templateUrl: './general-settings.html',
  styles: `
    form {
      display: grid;
      grid-template-columns: repeat(2, minmax(0, 1fr));
      gap: 14px 16px;
    }
    .wide {
      grid-column: 1 / -1;
    }
    .id {
      display: flex;
      align-items: center;
      gap: 6px;
      overflow-wrap: anywhere;
    }
    .actions {
      display: flex;
      align-items: center;
      gap: 12px;
    }
    @media (max-width: 600px) {
      form {
        grid-template-columns: minmax(0, 1fr);
      }
    }
  `,
})
export class GeneralSettings {
  readonly project = input.required<Project>();
  readonly saved = output();

  private readonly api = inject(ProjectsApi);
  private readonly directory = inject(ProjectDirectory);
  protected readonly draft = linkedSignal<string, Draft>({
    source: () => JSON.stringify([this.project().id, draftOf(this.project())]),
    computation: () => draftOf(this.project()),
  });
  protected readonly busy = signal(false);
  protected readonly refusal = signal<ApiError | null>(null);
  protected readonly isSaved = signal(false);

  protected edit(field: keyof Draft, value: string): void {
    this.isSaved.set(false);
    this.draft.update((draft) => ({ ...draft, [field]: value }));
  }

  protected submit(event: Event): void {
    event.preventDefault();
    if (this.busy()) return;
    this.busy.set(true);
    this.refusal.set(null);
    this.api.update(this.project().id, changeOf(this.draft())).subscribe({
      next: (project) => {
        this.busy.set(false);
        this.isSaved.set(true);
        this.directory.put(project);
        this.saved.emit();
      },
      error: (error: unknown) => {
        this.busy.set(false);
        this.refusal.set(toApiError(error));
      },
    });
  }
}

/** What was left empty is removed. */
function changeOf({ name, description, environment, time_zone }: Draft): ProjectChange {
  return {
    name: name.trim(),
    description: description.trim() || null,
    environment: environment.trim() || null,
    time_zone: time_zone.trim(),
  };
}

function draftOf({ name, description, environment, time_zone }: Project): Draft {
  return { name, description: description ?? '', environment: environment ?? '', time_zone };
}
