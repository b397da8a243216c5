import { Component, computed, inject, input, output } from '@angular/core';
import { RouterLink } from '@angular/router';

import type { TraceSummary } from '../api/model.ts';
import { Clock } from '../live/clock.ts';
import { formatDuration, formatTicking } from '../ui/duration.ts';
import { RunStatusMark } from '../ui/run-status.ts';
import { Time } from '../ui/time.ts';
import { VisibleTextPipe } from '../ui/visible-text-pipe.ts';

/** One trace in the list. The name is a real link that covers the row; user and session filter by themselves. */
@Component({
  selector: 'sw-trace-row',
  imports: [RouterLink, RunStatusMark, Time, VisibleTextPipe],
  templateUrl: './trace-row.html',
  styleUrl: './trace-row.scss',
})
export class TraceRow {
  readonly trace = input.required<TraceSummary>();
  /** Longest duration among the rows, which the bars are measured against. */
  readonly slowestMs = input.required<number>();
  readonly filtered = output<{ user: string } | { session: string }>();

  private readonly clock = inject(Clock);
  protected readonly duration = computed(() => {
    const { duration_ms, status, start_time } = this.trace();
    if (duration_ms !== null) return formatDuration(duration_ms);
    if (status !== 'running') return '— (no end)';
    return `▶ ${formatTicking(this.clock.serverNow() - Date.parse(start_time))}`;
  });
  protected readonly share = computed(() => {
    const { duration_ms } = this.trace();
    return duration_ms === null || this.slowestMs() === 0 ? 0 : (100 * duration_ms) / this.slowestMs();
  });
}
