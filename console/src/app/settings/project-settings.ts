import {
  afterRenderEffect,
  Component,
  computed,
  inject,
  input,
  untracked,
  viewChild,
  type ElementRef,
} from '@angular/core';
import { RouterLink, RouterLinkActive } from '@angular/router';
import { tap } from 'rxjs';

import type { Project } from '../api/model.ts';
import { ProjectDirectory } from '../api/project-directory.ts';
import { ProjectsApi } from '../api/projects-api.ts';
import { liveSignal } from '../live/live-signal.ts';
import { LiveNote } from '../ui/live-note.ts';
import { LoadError } from '../ui/load-error.ts';
import { PageHeading } from '../ui/page-heading.ts';
import { ApiKeys } from './api-keys.ts';
import { DangerZone } from './danger-zone.ts';
import { GeneralSettings } from './general-settings.ts';
import { SignatureSetting } from './signature-setting.ts';
import { TracingSettings } from './tracing-settings.ts';

const EVERY_MS = 3_000;

const SECTIONS = [
  { name: 'general', label: 'Project details' },
  { name: 'tracing', label: 'Observability' },
  { name: 'keys', label: 'API keys' },
  { name: 'danger', label: 'Danger zone' },
] as const;

/** Settings of one project on one page; the last part of the address scrolls to a section. */
@Component({
  selector: 'sw-project-settings',
  imports: [
    ApiKeys,
    DangerZone,
    GeneralSettings,
    LiveNote,
    LoadError,
    PageHeading,
    RouterLink,
    RouterLinkActive,
    SignatureSetting,
    TracingSettings,
  ],
  templateUrl: './project-settings.html',
  styleUrl: './project-settings.scss',
})
export class ProjectSettings {
  /** Route parameters. */
  readonly projectId = input.required<string>();
  readonly section = input<string>();

  private readonly api = inject(ProjectsApi);
  private readonly directory = inject(ProjectDirectory);
  private readonly sectionsElement = viewChild<ElementRef<HTMLElement>>('scroll');
  protected readonly sections = SECTIONS;

  private readonly live = liveSignal<Project>({
    subject: this.projectId,
    everyMs: EVERY_MS,
    load: () => this.api.get(untracked(this.projectId)).pipe(tap((project) => this.directory.put(project))),
  });
  protected readonly state = this.live.state;
  protected readonly project = computed(() => this.state().value ?? null);
  private readonly isLoaded = computed(() => this.project() !== null);

  constructor() {
    afterRenderEffect(() => {
      const section = this.section();
      const element = this.sectionsElement()?.nativeElement;
      if (section && element && this.isLoaded())
        element.querySelector(`#${CSS.escape(section)}`)?.scrollIntoView();
    });
  }

  protected refresh(): void {
    this.live.refresh();
  }
}
