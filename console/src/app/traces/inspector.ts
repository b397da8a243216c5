import { Component, computed, input, output } from '@angular/core';
import { LucideOctagonX } from '@lucide/angular';

import type { Observation, TraceDetail } from '../api/model.ts';
import { milliseconds } from '../trace-model/observation-tree.ts';
import { formatDuration } from '../ui/duration.ts';
import { CopyButton } from '../ui/copy-button.ts';
import { RunStatusMark } from '../ui/run-status.ts';
import { VisibleTextPipe } from '../ui/visible-text-pipe.ts';
import { inspectorTabs, type TabName } from './inspector-tabs.ts';
import { ObservationDetails } from './observation-details.ts';
import { ObservationType } from './observation-type.ts';
import { payloadRef } from './payload-store.ts';
import { PayloadView } from './payload-view.ts';
import { StateView } from './state-view.ts';

/** Everything about the selected observation, or about the trace when none is selected. */
@Component({
  selector: 'sw-inspector',
  imports: [
    CopyButton,
    LucideOctagonX,
    ObservationDetails,
    ObservationType,
    PayloadView,
    RunStatusMark,
    StateView,
    VisibleTextPipe,
  ],
  templateUrl: './inspector.html',
  styleUrl: './inspector.scss',
})
export class Inspector {
  readonly trace = input.required<TraceDetail>();
  readonly observation = input.required<Observation | null>();
  /** The tab that was last chosen; shown where it exists. */
  readonly wantedTab = input.required<string | null>();
  readonly tabChosen = output<TabName>();

  protected readonly owner = computed(() => this.observation() ?? this.trace());
  protected readonly tabs = computed(() =>
    inspectorTabs(this.owner().payloads, this.observation()?.type ?? null),
  );
  protected readonly tab = computed(() => {
    const tabs = this.tabs();
    return tabs.find(({ name }) => name === this.wantedTab()) ?? tabs[0];
  });
  protected readonly before = computed(() => payloadRef(this.owner(), 'input'));
  protected readonly after = computed(
    () => payloadRef(this.owner(), 'state_after') ?? payloadRef(this.owner(), 'output'),
  );
  protected readonly payload = computed(() => {
    const kind = this.tab()?.payload;
    return kind ? payloadRef(this.owner(), kind) : null;
  });
  protected readonly offset = computed(() => {
    const observation = this.observation();
    if (!observation) return null;
    const offsetMs = milliseconds(observation.start_time) - milliseconds(this.trace().start_time);
    return `${offsetMs < 0 ? '−' : '+'}${formatDuration(Math.abs(offsetMs))}`;
  });
  protected readonly duration = computed(() => {
    const { duration_ms } = this.owner();
    return duration_ms === null ? null : formatDuration(duration_ms);
  });

  /** Arrow keys move between tabs. */
  protected moveTab(event: KeyboardEvent): void {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (step === undefined) return;
    const tabs = this.tabs();
    const index = tabs.findIndex(({ name }) => name === this.tab()?.name);
    const next = tabs[(index + step + tabs.length) % tabs.length];
    if (next) this.tabChosen.emit(next.name);
    const list = event.currentTarget;
    if (next && list instanceof HTMLElement) list.querySelector<HTMLElement>(`#tab-${next.name}`)?.focus();
    event.preventDefault();
  }
}
