import {
  afterNextRender,
  Component,
  computed,
  DestroyRef,
  effect,
  inject,
  input,
  linkedSignal,
  output,
  signal,
  untracked,
  viewChild,
  type ElementRef,
} from '@angular/core';

import type { TraceDetail } from '../api/model.ts';
import { Clock } from '../live/clock.ts';
import type { ObservationTree } from '../trace-model/observation-tree.ts';
import { ancestorIds, collapsedAtFirst, visibleRows } from '../trace-model/visible-rows.ts';
import { formatDuration } from '../ui/duration.ts';
import { gridMove } from './grid-keys.ts';
import { ObservationRow } from './observation-row.ts';
import { axisTicks, type TimeWindow } from './timeline.ts';

const OVERSCAN = 10;

/**
 * Tree and timeline of one trace in one scrolling treegrid; only rows near the window exist. Row 0 is the trace itself.
 * Refreshes keep selection, scroll position and what is folded.
 */
@Component({
  selector: 'sw-observation-grid',
  imports: [ObservationRow],
  templateUrl: './observation-grid.html',
  styleUrl: './observation-grid.scss',
})
export class ObservationGrid {
  readonly trace = input.required<TraceDetail>();
  readonly tree = input.required<ObservationTree>();
  /** Selected observation; null: the trace. */
  readonly selectedId = input.required<string | null>();
  readonly selected = output<string | null>();

  private readonly clock = inject(Clock);
  private readonly scroller = viewChild.required<ElementRef<HTMLElement>>('scroller');
  private readonly scrollTop = signal(0);
  private readonly viewHeight = signal(600);
  protected readonly rowHeight = signal(26);
  private readonly freshIds = signal<ReadonlySet<string>>(new Set());

  /** Folded observations: decided once per trace, then the person's. */
  protected readonly collapsed = linkedSignal<string, ReadonlySet<string>>({
    source: () => this.trace().id,
    computation: () => collapsedAtFirst(untracked(this.tree), untracked(this.selectedId)),
  });
  protected readonly rows = computed(() => visibleRows(this.tree(), this.collapsed()));
  protected readonly rowCount = computed(() => this.rows().length + 1);
  protected readonly window = computed<TimeWindow>(() => {
    const { originMs, latestMs } = this.tree();
    const trace = this.trace();
    const start = Math.min(originMs, Date.parse(trace.start_time));
    const nowMs = trace.status === 'running' ? Math.max(this.clock.serverNow(), latestMs) : latestMs;
    const ends = [latestMs, trace.end_time === null ? start : Date.parse(trace.end_time), nowMs];
    return { originMs: start, nowMs, spanMs: Math.max(1, Math.max(...ends.filter(Number.isFinite)) - start) };
  });
  protected readonly ticks = computed(() =>
    axisTicks(this.window().spanMs, 5).map((ms) => ({
      leftPercent: (100 * ms) / this.window().spanMs,
      text: ms === 0 ? '0' : formatDuration(ms),
    })),
  );
  protected readonly mounted = computed(() => {
    const first = Math.max(0, Math.floor(this.scrollTop() / this.rowHeight()) - OVERSCAN);
    const last = Math.min(
      this.rowCount(),
      Math.ceil((this.scrollTop() + this.viewHeight()) / this.rowHeight()) + OVERSCAN,
    );
    const rows = this.rows();
    return Array.from({ length: Math.max(0, last - first) }, (_, offset) => {
      const row = first + offset;
      const node = row === 0 ? null : this.tree().nodes[rows[row - 1] ?? -1];
      return { row, node: node ?? null, id: node?.observation.id ?? null };
    }).filter(({ row, node }) => row === 0 || node !== null);
  });
  protected readonly activeRow = computed(() => this.rowOf(this.selectedId()));

  constructor() {
    const destroyRef = inject(DestroyRef);
    afterNextRender(() => {
      const element = this.scroller().nativeElement;
      this.rowHeight.set(parseFloat(getComputedStyle(element).getPropertyValue('--trace-row-h')) || 26);
      const observer = new ResizeObserver(() => this.viewHeight.set(element.clientHeight));
      observer.observe(element);
      destroyRef.onDestroy(() => observer.disconnect());
      this.reveal(this.activeRow(), 'center');
    });
    effect(() => this.openWayTo(this.selectedId()));
    this.tintNewRows();
  }

  protected onScroll(): void {
    this.scrollTop.set(this.scroller().nativeElement.scrollTop);
  }

  protected onClick(event: MouseEvent): void {
    const row = event.target instanceof Element ? event.target.closest<HTMLElement>('[data-row]') : null;
    const item = this.mounted().find((candidate) => String(candidate.row) === row?.dataset['row']);
    if (item) this.selected.emit(item.id);
  }

  protected isFresh(id: string | null): boolean {
    return id !== null && this.freshIds().has(id);
  }

  protected toggle(id: string): void {
    this.collapsed.update((collapsed) => {
      const next = new Set(collapsed);
      if (!next.delete(id)) next.add(id);
      return next;
    });
  }

  /** Folds or unfolds everything. */
  fold(all: boolean): void {
    const parents = this.tree().nodes.filter(({ childCount }) => childCount > 0);
    this.collapsed.set(new Set(all ? parents.map(({ observation }) => observation.id) : []));
  }

  protected onKey(event: KeyboardEvent): void {
    const move = gridMove(event, {
      tree: this.tree(),
      rows: this.rows(),
      active: this.activeRow(),
      collapsed: this.collapsed(),
      pageRows: Math.max(1, Math.floor(this.viewHeight() / this.rowHeight()) - 2),
    });
    if (!move) return;
    event.preventDefault();
    if (move.toggleId) this.toggle(move.toggleId);
    if (move.selectId !== undefined) {
      this.selected.emit(move.selectId);
      this.openWayTo(move.selectId);
      this.reveal(this.rowOf(move.selectId), 'nearest');
    }
  }

  private rowOf(id: string | null): number {
    const index = id === null ? undefined : this.tree().indexById.get(id);
    return index === undefined ? 0 : this.rows().indexOf(index) + 1;
  }

  private openWayTo(id: string | null): void {
    if (id === null) return;
    const way = ancestorIds(untracked(this.tree), id).filter((ancestor) =>
      untracked(this.collapsed).has(ancestor),
    );
    if (way.length === 0) return;
    this.collapsed.update(
      (collapsed) => new Set([...collapsed].filter((ancestor) => !way.includes(ancestor))),
    );
  }

  private reveal(row: number, block: 'center' | 'nearest'): void {
    const element = this.scroller().nativeElement;
    const top = row * this.rowHeight();
    const bottom = top + this.rowHeight();
    if (top >= element.scrollTop && bottom <= element.scrollTop + element.clientHeight) return;
    if (block === 'center') element.scrollTop = top - element.clientHeight / 2;
    else element.scrollTop = top < element.scrollTop ? top : bottom - element.clientHeight;
  }

  /** Rows that arrive while watching are tinted for a second. */
  private tintNewRows(): void {
    let known: { trace: string; ids: ReadonlyMap<string, number> } | null = null;
    let timer: ReturnType<typeof setTimeout> | undefined;
    effect(() => {
      const ids = this.tree().indexById;
      const before = known?.trace === untracked(this.trace).id ? known.ids : null;
      known = { trace: untracked(this.trace).id, ids };
      const fresh = before === null ? [] : [...ids.keys()].filter((id) => !before.has(id));
      if (fresh.length === 0) return;
      this.freshIds.set(new Set(fresh));
      clearTimeout(timer);
      timer = setTimeout(() => this.freshIds.set(new Set()), 1_000);
    });
    inject(DestroyRef).onDestroy(() => clearTimeout(timer));
  }
}
