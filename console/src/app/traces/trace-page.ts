import { LiveAnnouncer } from '@angular/cdk/a11y';
import { Component, computed, effect, inject, input, signal, untracked } from '@angular/core';
import { toSignal } from '@angular/core/rxjs-interop';
import { ActivatedRoute, Router, RouterLink } from '@angular/router';
import { LucideArrowLeft, LucideChevronsDownUp, LucideChevronsUpDown, LucideOctagonX } from '@lucide/angular';
import { EMPTY, expand, forkJoin, reduce, type Observable } from 'rxjs';

import { toApiError } from '../api/api-error.ts';
import type { Observation, TraceDetail } from '../api/model.ts';
import { ProjectDirectory } from '../api/project-directory.ts';
import { TracesApi } from '../api/traces-api.ts';
import { Clock } from '../live/clock.ts';
import { liveSignal } from '../live/live-signal.ts';
import { buildTree } from '../trace-model/observation-tree.ts';
import { CopyButton } from '../ui/copy-button.ts';
import { formatDuration, formatTicking } from '../ui/duration.ts';
import { LiveNote } from '../ui/live-note.ts';
import { LoadError } from '../ui/load-error.ts';
import { PageHeading } from '../ui/page-heading.ts';
import { RunStatusMark } from '../ui/run-status.ts';
import { Time } from '../ui/time.ts';
import { VisibleTextPipe } from '../ui/visible-text-pipe.ts';
import { Inspector } from './inspector.ts';
import { ObservationGrid } from './observation-grid.ts';
import { PayloadStore } from './payload-store.ts';
import { refreshEveryMs } from './trace-refresh.ts';

export interface LoadedTrace {
  trace: TraceDetail;
  observations: Observation[];
}

/** One trace: tree, timeline and what each step did. A running one refreshes every second, in place. */
@Component({
  selector: 'sw-trace-page',
  imports: [
    CopyButton,
    Inspector,
    LiveNote,
    LoadError,
    LucideArrowLeft,
    LucideChevronsDownUp,
    LucideChevronsUpDown,
    LucideOctagonX,
    ObservationGrid,
    PageHeading,
    RouterLink,
    RunStatusMark,
    Time,
    VisibleTextPipe,
  ],
  providers: [PayloadStore],
  templateUrl: './trace-page.html',
  styleUrl: './trace-page.scss',
})
export class TracePage {
  /** Route parameters. */
  readonly projectId = input.required<string>();
  readonly traceId = input.required<string>();

  private readonly api = inject(TracesApi);
  private readonly clock = inject(Clock);
  private readonly directory = inject(ProjectDirectory);
  private readonly router = inject(Router);
  private readonly query = toSignal(inject(ActivatedRoute).queryParamMap, { requireSync: true });

  private readonly live = liveSignal<LoadedTrace>({
    subject: computed(() => `${this.projectId()} ${this.traceId()}`),
    everyMs: (loaded) => refreshEveryMs(loaded, this.clock.serverNow()),
    load: () =>
      untracked(() =>
        forkJoin({
          trace: this.api.get(this.projectId(), this.traceId()),
          observations: this.allObservations(),
        }),
      ),
  });
  protected readonly state = this.live.state;
  protected readonly trace = computed(() => this.state().value?.trace ?? null);
  protected readonly tree = computed(() => buildTree(this.state().value?.observations ?? []));
  protected readonly projectName = computed(() => this.directory.name(this.projectId()));
  protected readonly isMissing = computed(
    () =>
      this.state().value === undefined &&
      this.state().error !== null &&
      toApiError(this.state().error).status === 404,
  );

  /** Selection and tab are in the URL; an observation that is not there (yet) selects the trace. */
  protected readonly selectedId = computed(() => this.query().get('obs'));
  protected readonly wantedTab = computed(() => this.query().get('tab'));
  protected readonly selected = computed(() => {
    const index = this.tree().indexById.get(this.selectedId() ?? '');
    return index === undefined ? null : (this.tree().nodes[index]?.observation ?? null);
  });
  /** Failed steps in the order in which they failed: the first is usually the cause of the others. */
  protected readonly failed = computed(() =>
    this.tree()
      .nodes.filter(({ observation }) => observation.status === 'error')
      .toSorted((a, b) => (a.endMs ?? a.startMs) - (b.endMs ?? b.startMs)),
  );
  protected readonly firstError = computed(() => this.failed()[0]?.observation ?? null);
  protected readonly duration = computed(() => {
    const trace = this.trace();
    if (trace === null) return '';
    if (trace.duration_ms !== null) return formatDuration(trace.duration_ms);
    if (trace.status !== 'running') return 'no end';
    return `▶ ${formatTicking(this.clock.serverNow() - Date.parse(trace.start_time))}`;
  });
  /** Width of the inspector in percent of the page. */
  protected readonly inspectorPercent = signal(42);

  constructor() {
    const announcer = inject(LiveAnnouncer);
    let before: { id: string; status: string } | null = null;
    effect(() => {
      const trace = this.trace();
      if (trace && before?.id === trace.id && before.status === 'running' && trace.status !== 'running') {
        void announcer.announce(`Trace finished, ${this.duration()}, ${trace.error_count} errors`, 'polite');
      }
      before = trace && { id: trace.id, status: trace.status };
    });
  }

  protected refresh(): void {
    this.live.refresh();
  }

  protected select(id: string | null): void {
    this.writeUrl({ obs: id });
  }

  protected chooseTab(tab: string): void {
    this.writeUrl({ tab });
  }

  protected resizeBy(event: KeyboardEvent): void {
    const step = { ArrowLeft: 3, ArrowRight: -3 }[event.key];
    if (step !== undefined) this.resizeTo(this.inspectorPercent() + step);
  }

  protected drag(event: PointerEvent, panes: HTMLElement): void {
    if (event.buttons !== 1) return;
    const { right, width } = panes.getBoundingClientRect();
    this.resizeTo((100 * (right - event.clientX)) / width);
  }

  protected capture(event: PointerEvent): void {
    if (event.target instanceof Element) event.target.setPointerCapture(event.pointerId);
  }

  private resizeTo(percent: number): void {
    this.inspectorPercent.set(Math.min(70, Math.max(25, percent)));
  }

  private allObservations(): Observable<Observation[]> {
    const page = (cursor: string | null): ReturnType<TracesApi['observations']> =>
      this.api.observations(this.projectId(), this.traceId(), cursor);
    return page(null).pipe(
      expand(({ next_cursor }) => (next_cursor ? page(next_cursor) : EMPTY)),
      reduce((all: Observation[], { items }) => all.concat(items), []),
    );
  }

  private writeUrl(queryParams: Record<string, string | null>): void {
    void this.router.navigate([], { queryParams, queryParamsHandling: 'merge', replaceUrl: true });
  }
}
