import { Component, computed, input, output, signal } from '@angular/core';
import { LucideX } from '@lucide/angular';

import type { RunStatus } from '../api/model.ts';
import { RUN_STATUS_WORDS } from '../ui/run-status.ts';
import { VisibleTextPipe } from '../ui/visible-text-pipe.ts';
import { FilterInput } from './filter-input.ts';
import { TIME_PRESETS, type FilterName, type TraceFilters } from './trace-filters.ts';

const STATUSES: readonly RunStatus[] = ['running', 'ok', 'error', 'interrupted', 'incomplete'];

/** Filters that are not fields of the bar but may be in the URL: shown as chips that can be removed. */
const CHIPS: readonly FilterName[] = ['environment', 'version', 'tag', 'level', 'min_duration_ms'];

/** Filters of the trace list. Holds nothing: shows the URL's filters and says what should change. */
@Component({
  selector: 'sw-filter-bar',
  imports: [FilterInput, LucideX, VisibleTextPipe],
  templateUrl: './filter-bar.html',
  styleUrl: './filter-bar.scss',
})
export class FilterBar {
  readonly filters = input.required<TraceFilters>();
  /** The filters that should change; null removes one. */
  readonly changed = output<Partial<Record<FilterName, string | null>>>();
  readonly cleared = output();

  protected readonly presets = TIME_PRESETS;
  protected readonly statuses = STATUSES.map((value) => ({ value, word: RUN_STATUS_WORDS[value] }));
  private readonly wantsCustom = signal(false);
  protected readonly isCustom = computed(() => {
    const { from, to } = this.filters();
    return this.wantsCustom() || to !== undefined || (from !== undefined && !this.isPreset(from));
  });
  protected readonly chips = computed(() =>
    CHIPS.flatMap((name) => {
      const value = this.filters()[name];
      return value ? [{ name, value }] : [];
    }),
  );
  protected readonly hasAny = computed(() => Object.keys(this.filters()).length > 0);

  protected set(name: FilterName, value: string): void {
    this.changed.emit({ [name]: value === '' ? null : value });
  }

  protected chooseTime(value: string): void {
    this.wantsCustom.set(value === 'custom');
    if (value !== 'custom') this.changed.emit({ from: value === '' ? null : value, to: null });
  }

  protected setMoment(name: 'from' | 'to', local: string): void {
    const ms = Date.parse(local);
    this.changed.emit({ [name]: Number.isFinite(ms) ? new Date(ms).toISOString() : null });
  }

  /** What a datetime-local field shows for a filter value. */
  protected localMoment(value: string | undefined): string {
    const ms = Date.parse(value ?? '');
    if (!Number.isFinite(ms)) return '';
    return new Date(ms - new Date(ms).getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
  }

  private isPreset(from: string): boolean {
    return TIME_PRESETS.some((preset) => preset.from === from);
  }
}
