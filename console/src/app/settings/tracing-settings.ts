import { LiveAnnouncer } from '@angular/cdk/a11y';
import { Component, computed, effect, inject, input, untracked } from '@angular/core';

import { toApiError } from '../api/api-error.ts';
import type { Project, TracingAnswer } from '../api/model.ts';
import { ProjectDirectory } from '../api/project-directory.ts';
import { ProjectsApi } from '../api/projects-api.ts';
import { liveSignal } from '../live/live-signal.ts';
import { Switch } from '../ui/switch.ts';
import { Time } from '../ui/time.ts';
import { VisibleTextPipe } from '../ui/visible-text-pipe.ts';
import { OptimisticSwitch } from './optimistic-switch.ts';

const HISTORY_ROWS = 5;
const HISTORY_EVERY_MS = 10_000;

/** The tracing switch: moves on click, says what is saved and what is applied, moves back when saving fails. */
@Component({
  selector: 'sw-tracing-settings',
  imports: [Switch, Time, VisibleTextPipe],
  templateUrl: './tracing-settings.html',
  styleUrl: './tracing-settings.scss',
})
export class TracingSettings {
  readonly project = input.required<Project>();

  private readonly api = inject(ProjectsApi);
  private readonly directory = inject(ProjectDirectory);
  private readonly announcer = inject(LiveAnnouncer);
  private readonly projectId = computed(() => this.project().id);

  protected readonly tracing = new OptimisticSwitch<TracingAnswer>((enabled) =>
    this.api.setTracing(this.projectId(), enabled),
  );
  protected readonly isOn = computed(() => this.tracing.shown() ?? this.project().tracing_enabled);
  protected readonly savedText = computed(() => {
    if (this.tracing.busy()) return 'Saving…';
    const answer = this.tracing.answer();
    if (!answer || this.tracing.failed()) return '';
    return answer.applied
      ? 'Saved · running processes follow within a second'
      : 'Saved · Redis has not taken it yet, it is repeated within 30 seconds';
  });
  protected readonly failureText = computed(() => {
    const failure = this.tracing.failed();
    if (!failure) return null;
    return `Could not turn tracing ${failure.wanted ? 'on' : 'off'}: ${toApiError(failure.error).detail}`;
  });

  private readonly historyLive = liveSignal({
    subject: this.projectId,
    everyMs: HISTORY_EVERY_MS,
    load: () => this.api.tracingHistory(untracked(this.projectId), HISTORY_ROWS),
  });
  protected readonly history = computed(() => this.historyLive.state().value ?? []);

  constructor() {
    effect(() => {
      this.projectId();
      untracked(() => this.tracing.reset());
    });
    effect(() => {
      const { tracing_enabled } = this.project();
      untracked(() => this.tracing.accept(tracing_enabled));
    });
  }

  protected async toggle(): Promise<void> {
    await this.tracing.toggle();
    this.settled();
  }

  protected async retry(): Promise<void> {
    await this.tracing.retry();
    this.settled();
  }

  private settled(): void {
    const failure = this.failureText();
    if (failure) return;
    void this.announcer.announce(this.tracing.answer()?.message ?? '', 'polite');
    this.directory.put({ ...this.project(), tracing_enabled: this.isOn() });
    this.historyLive.refresh();
  }
}
