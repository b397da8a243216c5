import { LiveAnnouncer } from '@angular/cdk/a11y';
import { Component, computed, effect, inject, signal } from '@angular/core';
import { MatDialog } from '@angular/material/dialog';
import { ActivatedRoute, Router } from '@angular/router';
import { toSignal } from '@angular/core/rxjs-interop';
import { LucidePlus, LucideSearch } from '@lucide/angular';
import { forkJoin, tap } from 'rxjs';

import { ProjectDirectory } from '../api/project-directory.ts';
import { ProjectsApi } from '../api/projects-api.ts';
import { Clock } from '../live/clock.ts';
import { liveSignal } from '../live/live-signal.ts';
import { LiveNote } from '../ui/live-note.ts';
import { LoadError } from '../ui/load-error.ts';
import { PageHeading } from '../ui/page-heading.ts';
import {
  countFleet,
  fleetRows,
  FLEET_FILTERS,
  matchesFilter,
  matchesSearch,
  type FleetFilter,
} from './fleet.ts';
import { NewProjectDialog } from './new-project-dialog.ts';
import { ProjectRow } from './project-row.ts';

const EVERY_MS = 5_000;

const TILE_WORDS: Readonly<Record<FleetFilter, string>> = {
  all: 'projects',
  connected: 'connected',
  late: 'late',
  disconnected: 'disconnected',
  never: 'never connected',
};

/** All projects with their live lights; refreshed every five seconds while the tab is visible. */
@Component({
  selector: 'sw-dashboard',
  imports: [LiveNote, LoadError, LucidePlus, LucideSearch, PageHeading, ProjectRow],
  templateUrl: './dashboard.html',
  styleUrl: './dashboard.scss',
})
export class Dashboard {
  private readonly api = inject(ProjectsApi);
  private readonly clock = inject(Clock);
  private readonly directory = inject(ProjectDirectory);
  private readonly dialog = inject(MatDialog);
  private readonly router = inject(Router);
  private readonly announcer = inject(LiveAnnouncer);
  private readonly query = toSignal(inject(ActivatedRoute).queryParamMap, { requireSync: true });

  private readonly fleet = liveSignal({
    everyMs: EVERY_MS,
    subject: signal(null),
    load: () =>
      forkJoin({ projects: this.api.list(), connections: this.api.connections() }).pipe(
        tap(({ projects, connections }) => {
          this.directory.replace(projects);
          const serverTime = connections[0]?.server_time;
          if (serverTime) this.clock.learn(serverTime);
        }),
      ),
  });
  protected readonly state = this.fleet.state;
  protected readonly rows = computed(() => {
    const value = this.state().value;
    return value ? fleetRows(value.projects, value.connections) : null;
  });
  protected readonly search = computed(() => this.query().get('q') ?? '');
  protected readonly filter = computed<FleetFilter>(() => {
    const wanted = this.query().get('status');
    return FLEET_FILTERS.find((filter) => filter === wanted) ?? 'all';
  });
  protected readonly shown = computed(() =>
    (this.rows() ?? []).filter(
      (row) => matchesFilter(row, this.filter()) && matchesSearch(row, this.search()),
    ),
  );
  protected readonly tiles = computed(() => {
    const counts = countFleet(this.rows() ?? []);
    return FLEET_FILTERS.map((filter) => ({ filter, count: counts[filter], word: TILE_WORDS[filter] }));
  });
  protected readonly tracesToday = computed(() =>
    (this.rows() ?? []).reduce((sum, row) => sum + row.connection.traces_today, 0).toLocaleString('en'),
  );
  private readonly counts = computed(() =>
    this.tiles()
      .slice(1)
      .map(({ count, word }) => `${count} ${word}`)
      .join(', '),
  );

  constructor() {
    let announced: string | null = null;
    effect(() => {
      const counts = this.rows() ? this.counts() : null;
      if (announced !== null && counts !== null && counts !== announced)
        void this.announcer.announce(counts, 'polite');
      announced = counts ?? announced;
    });
  }

  protected refresh(): void {
    this.fleet.refresh();
  }

  protected setFilter(filter: FleetFilter): void {
    this.writeUrl({ status: filter === 'all' || filter === this.filter() ? null : filter });
  }

  protected setSearch(text: string): void {
    this.writeUrl({ q: text.trim() === '' ? null : text });
  }

  protected clearFilters(): void {
    this.writeUrl({ q: null, status: null });
  }

  protected newProject(): void {
    this.dialog
      .open<NewProjectDialog, null, string>(NewProjectDialog, { width: '480px' })
      .afterClosed()
      .subscribe((projectId) => {
        if (projectId) void this.router.navigate(['/projects', projectId, 'traces']);
      });
  }

  private writeUrl(queryParams: Record<string, string | null>): void {
    void this.router.navigate([], { queryParams, queryParamsHandling: 'merge', replaceUrl: true });
  }
}
