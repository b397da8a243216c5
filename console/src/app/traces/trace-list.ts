import { Component, computed, effect, inject, input, signal, untracked } from '@angular/core';
import { toSignal } from '@angular/core/rxjs-interop';
import { ActivatedRoute, Router, RouterLink } from '@angular/router';
import { LucideArrowUp, LucidePause } from '@lucide/angular';
import { map } from 'rxjs';

import { toApiError } from '../api/api-error.ts';
import { ProjectDirectory } from '../api/project-directory.ts';
import { TracesApi } from '../api/traces-api.ts';
import { Clock } from '../live/clock.ts';
import { liveSignal } from '../live/live-signal.ts';
import { LiveNote } from '../ui/live-note.ts';
import { LoadError } from '../ui/load-error.ts';
import { Onboarding } from '../ui/onboarding.ts';
import { PageHeading } from '../ui/page-heading.ts';
import { FilterBar } from './filter-bar.ts';
import { TraceFeed } from './trace-feed.ts';
import { filterParams, readFilters, traceQuery, type FilterName } from './trace-filters.ts';
import { TraceRow } from './trace-row.ts';

/** A run shall appear within about a second; the head of the list is one index read. */
const EVERY_MS = 1_000;

/** Traces of one project, newest first. Filters live in the URL; new rows appear by themselves. */
@Component({
  selector: 'sw-trace-list',
  imports: [
    FilterBar,
    LiveNote,
    LoadError,
    LucideArrowUp,
    LucidePause,
    Onboarding,
    PageHeading,
    RouterLink,
    TraceRow,
  ],
  templateUrl: './trace-list.html',
  styleUrl: './trace-list.scss',
})
export class TraceList {
  /** Route parameter. */
  readonly projectId = input.required<string>();

  private readonly api = inject(TracesApi);
  private readonly clock = inject(Clock);
  private readonly directory = inject(ProjectDirectory);
  private readonly router = inject(Router);
  private readonly query = toSignal(inject(ActivatedRoute).queryParamMap, { requireSync: true });

  protected readonly filters = computed(() => readFilters(this.query()), { equal: sameJson });
  private readonly subject = computed(() => ({ project: this.projectId(), filters: this.filters() }), {
    equal: sameJson,
  });
  protected readonly feed = new TraceFeed();
  protected readonly isHeld = signal(false);
  protected readonly loadingOlder = signal(false);
  protected readonly olderError = signal<string | null>(null);

  private readonly head = liveSignal({
    subject: this.subject,
    everyMs: EVERY_MS,
    load: () => {
      const subject = untracked(this.subject);
      return this.fetch(null, untracked(this.feed.headSize)).pipe(map((page) => ({ subject, page })));
    },
  });
  protected readonly state = this.head.state;
  protected readonly hasFilters = computed(() => Object.keys(this.filters()).length > 0);
  protected readonly projectName = computed(() => this.directory.name(this.projectId()));
  protected readonly tracingOff = computed(
    () => this.directory.projects().find(({ id }) => id === this.projectId())?.tracing_enabled === false,
  );
  protected readonly slowestMs = computed(() =>
    this.feed.rows().reduce((slowest, { duration_ms }) => Math.max(slowest, duration_ms ?? 0), 0),
  );

  constructor() {
    let shownProject: string | null = null;
    effect(() => {
      const project = this.projectId();
      this.subject();
      untracked(() => (project === shownProject ? this.feed.restart() : this.feed.clear()));
      shownProject = project;
    });
    effect(() => {
      const value = this.state().value;
      untracked(() => {
        if (value && sameJson(value.subject, this.subject())) this.feed.acceptHead(value.page, this.isHeld());
      });
    });
  }

  protected refresh(): void {
    this.head.refresh();
  }

  protected change(change: Partial<Record<FilterName, string | null>>): void {
    const isTyping = 'user' in change || 'session' in change || 'name' in change;
    this.navigate(change, isTyping);
  }

  protected clearFilters(): void {
    this.navigate(filterParams({}), false);
  }

  protected showWaiting(scroller: HTMLElement): void {
    this.feed.showWaiting();
    scroller.scrollIntoView({ block: 'start' });
  }

  protected loadOlder(): void {
    const cursor = this.feed.nextCursor;
    if (cursor === null || this.loadingOlder()) return;
    const subject = this.subject();
    this.loadingOlder.set(true);
    this.olderError.set(null);
    this.fetch(cursor, 50).subscribe({
      next: (page) => {
        this.loadingOlder.set(false);
        if (subject === this.subject()) this.feed.acceptOlder(page);
      },
      error: (error: unknown) => {
        this.loadingOlder.set(false);
        this.olderError.set(toApiError(error).detail);
      },
    });
  }

  /** Moves the focus between rows with the arrow keys or j and k. */
  protected moveFocus(event: KeyboardEvent, list: HTMLElement): void {
    const step = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1 }[event.key];
    if (step === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    const links = [...list.querySelectorAll<HTMLElement>('a.open')];
    const current = links.findIndex((link) => link.closest('.row')?.contains(document.activeElement));
    links[Math.min(links.length - 1, Math.max(0, current + step))]?.focus();
    event.preventDefault();
  }

  private fetch(cursor: string | null, limit: number): ReturnType<TracesApi['list']> {
    const query = traceQuery(
      untracked(this.filters),
      untracked(() => this.clock.serverNow()),
    );
    return this.api.list(untracked(this.projectId), { ...query, limit, ...(cursor ? { cursor } : {}) });
  }

  private navigate(queryParams: Partial<Record<FilterName, string | null>>, replaceUrl: boolean): void {
    void this.router.navigate([], { queryParams, queryParamsHandling: 'merge', replaceUrl });
  }
}

function sameJson(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
