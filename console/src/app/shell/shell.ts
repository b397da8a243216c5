import { CdkTrapFocus } from '@angular/cdk/a11y';
import { Component, computed, inject, signal } from '@angular/core';
import { toSignal } from '@angular/core/rxjs-interop';
import { MatMenuModule } from '@angular/material/menu';
import { NavigationEnd, Router, RouterLink, RouterLinkActive, RouterOutlet } from '@angular/router';
import {
  LucideChevronDown,
  LucideFolderKanban,
  LucideListTree,
  LucideMenu,
  LucidePanelLeft,
  LucideSettings,
} from '@lucide/angular';
import { filter, map, startWith } from 'rxjs';

import { ProjectDirectory } from '../api/project-directory.ts';
import { ProjectsApi } from '../api/projects-api.ts';
import { SessionState } from '../api/session-state.ts';
import { SignInForm } from '../auth/sign-in-form.ts';
import { Clock } from '../live/clock.ts';
import { liveSignal } from '../live/live-signal.ts';
import { BrandMark } from '../ui/brand-mark.ts';
import { Preferences } from '../ui/preferences.ts';
import { zoneLabel } from '../ui/relative-time.ts';
import { VisibleTextPipe } from '../ui/visible-text-pipe.ts';
import { AccountMenu } from './account-menu.ts';
import { LiveMenu } from './live-menu.ts';
import { projectPage } from './project-page.ts';

const DIRECTORY_EVERY_MS = 30_000;

/** Header, rail and page; covers the page with a sign-in form when the session ends, so that nothing is lost. */
@Component({
  selector: 'sw-shell',
  imports: [
    AccountMenu,
    BrandMark,
    CdkTrapFocus,
    LiveMenu,
    LucideChevronDown,
    LucideFolderKanban,
    LucideListTree,
    LucideMenu,
    LucidePanelLeft,
    LucideSettings,
    MatMenuModule,
    RouterLink,
    RouterLinkActive,
    RouterOutlet,
    SignInForm,
    VisibleTextPipe,
  ],
  templateUrl: './shell.html',
  styleUrl: './shell.scss',
  host: { '(document:keydown)': 'onKey($event)' },
})
export class Shell {
  protected readonly session = inject(SessionState);
  protected readonly directory = inject(ProjectDirectory);
  private readonly preferences = inject(Preferences);
  private readonly clock = inject(Clock);
  private readonly router = inject(Router);
  private readonly api = inject(ProjectsApi);

  private readonly url = toSignal(
    this.router.events.pipe(
      filter((event) => event instanceof NavigationEnd),
      map((event) => event.urlAfterRedirects),
      startWith(this.router.url),
    ),
    { initialValue: this.router.url },
  );
  protected readonly page = computed(() => projectPage(this.url()));
  protected readonly projectName = computed(() => {
    const page = this.page();
    return page === null ? null : (this.directory.name(page.projectId) ?? `${page.projectId.slice(0, 8)}…`);
  });
  protected readonly zone = computed(() => zoneLabel(Math.floor(this.clock.localNow() / 60_000) * 60_000));
  protected readonly railOpen = computed(() => this.preferences.all().rail === 'open');
  protected readonly drawerOpen = signal(false);

  constructor() {
    liveSignal({
      everyMs: DIRECTORY_EVERY_MS,
      subject: signal(null),
      load: () => this.api.list().pipe(map((projects) => this.directory.replace(projects))),
    });
    this.router.events
      .pipe(filter((event) => event instanceof NavigationEnd))
      .subscribe(() => this.drawerOpen.set(false));
  }

  protected toggleRail(): void {
    this.preferences.set('rail', this.railOpen() ? 'narrow' : 'open');
  }

  protected onKey(event: KeyboardEvent): void {
    const isTyping =
      event.target instanceof Element && event.target.closest('input,textarea,select,[contenteditable]');
    if (event.key === 'Escape') this.drawerOpen.set(false);
    if (event.key === '[' && !isTyping && !event.ctrlKey && !event.metaKey && !event.altKey)
      this.toggleRail();
  }
}
