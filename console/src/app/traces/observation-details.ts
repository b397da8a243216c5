import { Component, computed, input } from '@angular/core';

import type { Observation, TraceDetail } from '../api/model.ts';
import { CopyButton } from '../ui/copy-button.ts';
import { formatBytes } from '../ui/duration.ts';
import { Time } from '../ui/time.ts';
import { VisibleTextPipe } from '../ui/visible-text-pipe.ts';

interface Fact {
  readonly label: string;
  readonly text: string | null;
  readonly isId?: boolean;
}

/** Times, ids and numbers of a step or of the trace. */
@Component({
  selector: 'sw-observation-details',
  imports: [CopyButton, Time, VisibleTextPipe],
  template: `
    <dl>
      <dt>Started</dt>
      <dd>
        <sw-time [value]="owner().start_time" /> <span class="muted mono">{{ owner().start_time }}</span>
      </dd>
      @if (owner().end_time; as end) {
        <dt>Ended</dt>
        <dd>
          <sw-time [value]="end" /> <span class="muted mono">{{ end }}</span>
        </dd>
      }
      @for (fact of facts(); track fact.label) {
        @if (fact.text !== null && fact.text !== '') {
          <dt>{{ fact.label }}</dt>
          <dd>
            <span [class.mono]="fact.isId">{{ fact.text | visible }}</span>
            @if (fact.isId) {
              <sw-copy-button [text]="fact.text" [label]="'Copy ' + fact.label" />
            }
          </dd>
        }
      }
    </dl>
  `,
  styles: `
    dl {
      display: grid;
      grid-template-columns: 128px minmax(0, 1fr);
      gap: 6px 12px;
      margin: 10px 0 0;
    }
    dt {
      color: var(--muted);
      line-height: 26px;
    }
    dd {
      display: flex;
      align-items: center;
      flex-wrap: wrap;
      gap: 0 8px;
      min-height: 26px;
      margin: 0;
      overflow-wrap: anywhere;
    }
  `,
})
export class ObservationDetails {
  readonly trace = input.required<TraceDetail>();
  readonly observation = input.required<Observation | null>();

  protected readonly owner = computed(() => this.observation() ?? this.trace());
  protected readonly facts = computed((): Fact[] => {
    const observation = this.observation();
    const own = observation ? observationFacts(observation) : traceFacts(this.trace());
    const { payloads, marks, original_id, id } = this.owner();
    return [
      ...own,
      {
        label: 'Payloads',
        text: payloads.map(({ kind, bytes }) => `${kind} ${formatBytes(bytes)}`).join(', '),
      },
      { label: 'Marks', text: marks.join(', ') },
      { label: 'Id', text: id, isId: true },
      { label: 'Original id', text: original_id, isId: true },
    ];
  });
}

function observationFacts(step: Observation): Fact[] {
  return [
    { label: 'Type', text: step.type },
    { label: 'Level', text: step.level },
    { label: 'First token', text: step.completion_start_time },
    { label: 'Model', text: step.model },
    { label: 'Parameters', text: compact(step.model_parameters) },
    { label: 'Usage', text: compact(step.usage) },
    { label: 'Cost', text: compact(step.cost) },
    { label: 'Parent', text: step.parent_observation_id, isId: true },
  ];
}

function traceFacts(trace: TraceDetail): Fact[] {
  return [
    { label: 'User', text: trace.user_id, isId: true },
    { label: 'Session', text: trace.session_id, isId: true },
    { label: 'Environment', text: trace.environment },
    { label: 'App version', text: trace.version },
    { label: 'Instance', text: trace.instance_id, isId: true },
    { label: 'Tags', text: trace.tags.join(', ') },
    {
      label: 'End',
      text: trace.end_time_inferred ? 'inferred: the application never said that it ended' : null,
    },
  ];
}

/** A small object in one line; longer ones are in the metadata. */
function compact(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  if (typeof value !== 'object') return JSON.stringify(value);
  return Object.entries(value)
    .map(
      ([key, entry]: [string, unknown]) =>
        `${key} ${typeof entry === 'string' ? entry : JSON.stringify(entry)}`,
    )
    .join(', ');
}
