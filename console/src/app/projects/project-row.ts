import { Component, computed, input, signal } from '@angular/core';
import { MatMenuModule } from '@angular/material/menu';
import { RouterLink } from '@angular/router';
import { LucideChevronRight, LucideEllipsis } from '@lucide/angular';

import { ConnectionDot } from '../ui/connection-dot.ts';
import { Time } from '../ui/time.ts';
import { VisibleTextPipe } from '../ui/visible-text-pipe.ts';
import type { FleetRow, VersionCount } from './fleet.ts';

/** One project on the dashboard; opens to show its running processes. */
@Component({
  selector: 'sw-project-row',
  imports: [
    ConnectionDot,
    LucideChevronRight,
    LucideEllipsis,
    MatMenuModule,
    RouterLink,
    Time,
    VisibleTextPipe,
  ],
  templateUrl: './project-row.html',
  styleUrl: './project-row.scss',
})
export class ProjectRow {
  readonly row = input.required<FleetRow>();

  protected readonly open = signal(false);
  protected readonly project = computed(() => this.row().project);
  protected readonly connection = computed(() => this.row().connection);
  protected readonly environments = computed(() => this.row().environments.join(', '));
  protected readonly appVersions = computed(() => versionText(this.row().appVersions));
  protected readonly sdkVersions = computed(() => versionText(this.row().sdkVersions));
  protected readonly tracesToday = computed(() => this.connection().traces_today.toLocaleString('en'));
  protected readonly instanceText = computed(() => {
    const { instances } = this.connection();
    const connected = instances.filter(({ status }) => status === 'connected').length;
    if (instances.length === 0) return '';
    if (connected < instances.length) return `${connected} of ${instances.length} instances`;
    return `${instances.length} instance${instances.length === 1 ? '' : 's'}`;
  });
}

function versionText(versions: readonly VersionCount[]): string {
  const several = versions.length > 1;
  return versions
    .map(({ version, instances }) => (several ? `${version} (${instances})` : version))
    .join(', ');
}
