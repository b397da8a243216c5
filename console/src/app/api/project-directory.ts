import { computed, Injectable, signal } from '@angular/core';

import type { Project } from './model.ts';

/** The projects this person sees, as last heard, for names in the header and titles. Filled by whoever loads them. */
@Injectable({ providedIn: 'root' })
export class ProjectDirectory {
  private readonly known = signal<readonly Project[]>([]);

  readonly projects = computed(() => [...this.known()].sort((a, b) => a.name.localeCompare(b.name)));

  name(projectId: string): string | null {
    return this.known().find(({ id }) => id === projectId)?.name ?? null;
  }

  replace(projects: readonly Project[]): void {
    this.known.set(projects);
  }

  put(project: Project): void {
    this.known.update((projects) => [...projects.filter(({ id }) => id !== project.id), project]);
  }

  remove(projectId: string): void {
    this.known.update((projects) => projects.filter(({ id }) => id !== projectId));
  }
}
