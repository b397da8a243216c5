import { computed, signal } from '@angular/core';

import type { Page, TraceSummary } from '../api/model.ts';

const MIN_HEAD = 50;
const MAX_HEAD = 200;

/**
 * The rows of the trace list: a head that is refreshed, and older pages below it. The server's order is kept. While
 * held (the pointer is over the rows), known rows change in place and new ones wait, so that nothing moves away.
 */
export class TraceFeed {
  private readonly shown = signal<readonly TraceSummary[]>([]);
  private readonly waitingHead = signal<Page<TraceSummary> | null>(null);
  private readonly cursor = signal<string | null>(null);
  private isFresh = true;

  readonly rows = this.shown.asReadonly();
  readonly hasMore = computed(() => this.cursor() !== null);
  /** New traces that wait to be shown. */
  readonly waiting = computed(() => {
    const known = new Set(this.shown().map(({ id }) => id));
    return this.waitingHead()?.items.filter(({ id }) => !known.has(id)).length ?? 0;
  });
  /** How many rows a refresh of the head should ask for. */
  readonly headSize = computed(() => Math.min(MAX_HEAD, Math.max(MIN_HEAD, this.shown().length)));

  get nextCursor(): string | null {
    return this.cursor();
  }

  /** The next head replaces everything. */
  restart(): void {
    this.isFresh = true;
    this.waitingHead.set(null);
  }

  clear(): void {
    this.restart();
    this.shown.set([]);
    this.cursor.set(null);
  }

  acceptHead(page: Page<TraceSummary>, isHeld: boolean): void {
    if (this.isFresh) {
      this.replace(page);
    } else if (isHeld && this.hasNews(page)) {
      const news = new Map(page.items.map((trace) => [trace.id, trace]));
      this.shown.update((rows) => rows.map((row) => news.get(row.id) ?? row));
      this.waitingHead.set(page);
    } else {
      this.insert(page);
    }
  }

  acceptOlder(page: Page<TraceSummary>): void {
    const known = new Set(this.shown().map(({ id }) => id));
    this.shown.update((rows) => [...rows, ...page.items.filter(({ id }) => !known.has(id))]);
    this.cursor.set(page.next_cursor);
  }

  showWaiting(): void {
    const page = this.waitingHead();
    if (page) this.insert(page);
  }

  private hasNews(page: Page<TraceSummary>): boolean {
    const known = new Set(this.shown().map(({ id }) => id));
    return page.items.some(({ id }) => !known.has(id));
  }

  private replace(page: Page<TraceSummary>): void {
    this.isFresh = false;
    this.waitingHead.set(null);
    this.shown.set(page.items);
    this.cursor.set(page.next_cursor);
  }

  /** The head covers everything down to its last row; what lies below the lowest row known to both stays. */
  private insert(page: Page<TraceSummary>): void {
    const ids = new Set(page.items.map(({ id }) => id));
    const rows = this.shown();
    const lowest = rows.findLastIndex(({ id }) => ids.has(id));
    // No common row: more arrived than a head holds (or all ended up elsewhere), so the rows below are not adjacent.
    if (lowest === -1 || page.next_cursor === null) {
      this.replace(page);
      return;
    }
    this.waitingHead.set(null);
    this.shown.set([...page.items, ...rows.slice(lowest + 1).filter(({ id }) => !ids.has(id))]);
  }
}
