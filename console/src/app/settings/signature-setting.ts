import { Component, computed, effect, inject, input, output, untracked } from '@angular/core';

import { toApiError } from '../api/api-error.ts';
import type { Project } from '../api/model.ts';
import { ProjectsApi } from '../api/projects-api.ts';
import { Switch } from '../ui/switch.ts';
import { Time } from '../ui/time.ts';
import { OptimisticSwitch } from './optimistic-switch.ts';

/** Whether only signed events are accepted. The first signed one turns it on; an admin can turn it off again. */
@Component({
  selector: 'sw-signature-setting',
  imports: [Switch, Time],
  template: `
    <div class="line">
      <div>
        <label class="name" for="signature-switch">Require signed events</label>
        <p class="muted" id="signature-text">
          @if (isRequired()) {
            Only events signed with an API key of this project are stored.
          } @else {
            <b class="warn">Unverified source:</b> unsigned events are accepted, so anybody who reaches Redis
            can write to this project.
          }
          @if (project().signed_since; as since) {
            Signed events arrive since <sw-time [value]="since" />.
          }
        </p>
        @if (problem(); as text) {
          <p class="problem" role="alert">
            {{ text }} <button type="button" class="btn small" (click)="retry()">Retry</button>
          </p>
        }
      </div>
      <sw-switch
        controlId="signature-switch"
        testId="signature-switch"
        label="Require signed events"
        describedBy="signature-text"
        [checked]="isRequired()"
        [busy]="required.busy()"
        (toggled)="toggle()"
      />
    </div>
  `,
  styles: `
    .line {
      display: flex;
      align-items: flex-start;
      justify-content: space-between;
      gap: 24px;
      margin-top: 16px;
      padding-top: 16px;
      border-top: 1px solid var(--border);
    }
    .name {
      font-weight: 580;
    }
    .warn {
      color: var(--warning);
      font-weight: 550;
    }
    .problem {
      margin-top: 6px;
      color: var(--error);
    }
  `,
})
export class SignatureSetting {
  readonly project = input.required<Project>();
  readonly saved = output();

  private readonly api = inject(ProjectsApi);
  private readonly projectId = computed(() => this.project().id);
  protected readonly required = new OptimisticSwitch<Project>((value) =>
    this.api.update(this.projectId(), { require_signature: value }),
  );
  protected readonly isRequired = computed(() => this.required.shown() ?? this.project().require_signature);
  protected readonly problem = computed(() => {
    const failure = this.required.failed();
    return failure ? `Could not be saved: ${toApiError(failure.error).detail}` : null;
  });

  constructor() {
    effect(() => {
      this.projectId();
      untracked(() => this.required.reset());
    });
    effect(() => {
      const { require_signature } = this.project();
      untracked(() => this.required.accept(require_signature));
    });
  }

  protected async toggle(): Promise<void> {
    await this.required.toggle();
    this.saved.emit();
  }

  protected async retry(): Promise<void> {
    await this.required.retry();
    this.saved.emit();
  }
}
