import { Component, computed, inject } from '@angular/core';
import { MatDivider } from '@angular/material/divider';
import { MatMenuModule } from '@angular/material/menu';
import { Router } from '@angular/router';
import { LucideCheck } from '@lucide/angular';

import { AuthApi } from '../api/auth-api.ts';
import { SessionState } from '../api/session-state.ts';
import { Preferences, type PreferenceName, type PreferenceValue } from '../ui/preferences.ts';

interface Choice<N extends PreferenceName = PreferenceName> {
  name: N;
  value: PreferenceValue<N>;
  label: string;
}

const GROUPS: readonly { title: string; choices: readonly Choice[] }[] = [
  {
    title: 'Theme',
    choices: [
      { name: 'theme', value: 'auto', label: 'As the system' },
      { name: 'theme', value: 'light', label: 'Light' },
      { name: 'theme', value: 'dark', label: 'Dark' },
    ],
  },
  {
    title: 'Density',
    choices: [
      { name: 'density', value: 'compact', label: 'Compact' },
      { name: 'density', value: 'comfortable', label: 'Comfortable' },
    ],
  },
  {
    title: 'Diff colours',
    choices: [
      { name: 'diff', value: 'red-green', label: 'Red and green' },
      { name: 'diff', value: 'blue-orange', label: 'Orange and blue' },
    ],
  },
];

/** Who is signed in, how the console looks, and the way out. */
@Component({
  selector: 'sw-account-menu',
  imports: [LucideCheck, MatDivider, MatMenuModule],
  template: `
    <button type="button" class="avatar" [matMenuTriggerFor]="menu" aria-label="Account and appearance">
      {{ initials() }}
    </button>
    <mat-menu #menu="matMenu" xPosition="before">
      <div class="who">
        <b>{{ session.user()?.name ?? session.user()?.email }}</b>
        <span class="muted">{{ session.user()?.email }}</span>
      </div>
      @for (group of groups; track group.title) {
        <mat-divider />
        <div class="title muted" aria-hidden="true">{{ group.title }}</div>
        @for (choice of group.choices; track choice.value) {
          <button
            mat-menu-item
            role="menuitemradio"
            [attr.aria-checked]="isChosen(choice)"
            [attr.aria-label]="group.title + ': ' + choice.label"
            (click)="preferences.set(choice.name, choice.value)"
          >
            <span class="choice">
              {{ choice.label }}
              @if (isChosen(choice)) {
                <svg lucideCheck [size]="14"></svg>
              }
            </span>
          </button>
        }
      }
      <mat-divider />
      <button mat-menu-item (click)="signOut()">Sign out</button>
    </mat-menu>
  `,
  styles: `
    .avatar {
      display: grid;
      place-items: center;
      width: 30px;
      height: 30px;
      border: 0;
      border-radius: 50%;
      background: var(--accent-fill);
      color: #fff;
      font-size: 12px;
      font-weight: 600;
      cursor: pointer;
    }
    .who {
      display: grid;
      padding: 8px 12px 10px;
      font-size: 13px;
    }
    .title {
      padding: 8px 12px 2px;
      font-size: 12px;
    }
    .choice {
      display: flex;
      align-items: center;
      justify-content: space-between;
      min-width: 168px;
    }
  `,
})
export class AccountMenu {
  protected readonly session = inject(SessionState);
  protected readonly preferences = inject(Preferences);
  private readonly auth = inject(AuthApi);
  private readonly router = inject(Router);
  protected readonly groups = GROUPS;
  protected readonly initials = computed(() => {
    const user = this.session.user();
    const words = (user?.name ?? user?.email ?? '?').split(/[\s.@_-]+/).filter(Boolean);
    return words
      .slice(0, 2)
      .map((word) => word.charAt(0).toUpperCase())
      .join('');
  });

  protected isChosen(choice: Choice): boolean {
    return this.preferences.all()[choice.name] === choice.value;
  }

  protected signOut(): void {
    this.auth.logout().subscribe({
      next: () => void this.router.navigateByUrl('/login'),
      error: () => void this.router.navigateByUrl('/login'),
    });
  }
}
