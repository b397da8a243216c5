import { Component, computed, inject, input, output } from '@angular/core';
import { LucideChevronRight, LucideOctagonX, LucideWorkflow } from '@lucide/angular';

import type { TraceDetail } from '../api/model.ts';
import { Clock } from '../live/clock.ts';
import { milliseconds, type TreeNode } from '../trace-model/observation-tree.ts';
import { formatDuration, formatTicking } from '../ui/duration.ts';
import { RUN_STATUS_WORDS, RunStatusMark } from '../ui/run-status.ts';
import { visibleText } from '../ui/visible-text.ts';
import { ObservationType } from './observation-type.ts';
import { barOf, type TimeWindow } from './timeline.ts';

/** One row of the tree: the trace itself (`node` null) or an observation, with its bar and duration. */
@Component({
  selector: 'sw-observation-row',
  imports: [LucideChevronRight, LucideOctagonX, LucideWorkflow, ObservationType, RunStatusMark],
  templateUrl: './observation-row.html',
  styleUrl: './observation-row.scss',
})
export class ObservationRow {
  readonly trace = input.required<TraceDetail>();
  readonly node = input.required<TreeNode | null>();
  readonly rowIndex = input.required<number>();
  readonly isSelected = input.required<boolean>();
  readonly isFolded = input.required<boolean>();
  readonly isFresh = input.required<boolean>();
  readonly window = input.required<TimeWindow>();
  readonly toggled = output<string>();

  private readonly clock = inject(Clock);
  protected readonly item = computed(() => this.node()?.observation ?? this.trace());
  protected readonly name = computed(() => {
    const { name } = this.item();
    return name === null
      ? (this.node()?.observation.type.toLowerCase() ?? 'unnamed trace')
      : visibleText(name);
  });
  protected readonly depth = computed(() => (this.node()?.depth ?? -1) + 1);
  protected readonly bar = computed(() => {
    const { start_time, end_time } = this.trace();
    const whole = {
      startMs: milliseconds(start_time),
      endMs: end_time === null ? null : milliseconds(end_time),
    };
    const node = this.node();
    return barOf(node ?? { ...whole, observation: { status: this.trace().status } }, this.window());
  });
  protected readonly duration = computed(() => {
    const { duration_ms, status, start_time } = this.item();
    if (duration_ms !== null) return formatDuration(duration_ms);
    if (status !== 'running') return '—';
    return `▶ ${formatTicking(this.clock.serverNow() - Date.parse(start_time))}`;
  });
  protected readonly hiddenErrors = computed(() => {
    const node = this.node();
    return node !== null && this.isFolded() && node.observation.status !== 'error' ? node.errors : 0;
  });
  protected readonly label = computed(() => {
    const node = this.node();
    const { status, start_time } = this.item();
    const offset = formatDuration(Math.max(0, milliseconds(start_time) - this.window().originMs));
    const kind = node === null ? 'trace' : node.observation.type.toLowerCase();
    return `${kind} ${this.name()}, ${RUN_STATUS_WORDS[status].toLowerCase()}, ${this.duration()}, starts at ${offset}`;
  });
}
