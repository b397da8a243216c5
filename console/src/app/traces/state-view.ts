import { Component, computed, inject, input, linkedSignal, signal } from '@angular/core';
import { forkJoin, map, of } from 'rxjs';

import { diffRows } from '../trace-model/diff-rows.ts';
import { diffStates, overlay } from '../trace-model/state-diff.ts';
import { LoadError } from '../ui/load-error.ts';
import { loaded } from './loaded.ts';
import { PayloadStore, type Payload, type PayloadRef } from './payload-store.ts';
import { StateDiffRows } from './state-diff-rows.ts';

/** What one node changed in the graph's state. */
@Component({
  selector: 'sw-state-view',
  imports: [LoadError, StateDiffRows],
  templateUrl: './state-view.html',
  styleUrl: './state-view.scss',
})
export class StateView {
  /** The state before the node; null: none was recorded. */
  readonly before = input.required<PayloadRef | null>();
  /** The state after its step, or what the node returned. */
  readonly after = input.required<PayloadRef>();

  private readonly store = inject(PayloadStore);
  private readonly attempt = signal(0);
  protected readonly showUnchanged = signal(false);
  private readonly opened = linkedSignal<string, ReadonlySet<string>>({
    source: () => this.after().observationId ?? '',
    computation: () => new Set(),
  });
  protected readonly isReturned = computed(() => this.after().kind === 'output');

  protected readonly states = loaded(
    computed(() => ({ before: this.before(), after: this.after(), attempt: this.attempt() })),
    ({ before, after }) =>
      forkJoin({
        before: before === null ? of(null) : this.store.load(before, 'whole'),
        after: this.store.load(after, 'whole'),
      }).pipe(map((payloads) => ({ ...payloads, isReturned: after.kind === 'output' }))),
  );
  protected readonly diff = computed(() => {
    const states = this.states().value;
    if (!states?.after.parsed || (states.before && !states.before.parsed)) return null;
    const before = states.before?.parsed?.value ?? {};
    const after = states.after.parsed.value;
    return diffStates(before, states.isReturned ? overlay(before, after) : after);
  });
  protected readonly rows = computed(() => {
    const diff = this.diff();
    return diff ? diffRows(diff.root, { showUnchanged: this.showUnchanged(), opened: this.opened() }) : [];
  });
  protected readonly isUnchanged = computed(() => this.diff()?.root.kind === 'same');
  protected readonly unreadable = computed(() => {
    const states = this.states().value;
    const damaged = (payload: Payload | null | undefined): boolean => Boolean(payload && !payload.parsed);
    return damaged(states?.before) || damaged(states?.after);
  });

  protected open(id: string): void {
    this.opened.update((opened) => new Set(opened).add(id));
  }

  protected retry(): void {
    this.attempt.update((attempt) => attempt + 1);
  }
}
