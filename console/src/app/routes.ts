import type { Routes } from '@angular/router';

import { signedInGuard } from './auth/signed-in-guard.ts';

/** Pages live under the project they belong to; old addresses redirect. Every page is its own chunk. */
export const routes: Routes = [
  { path: 'login', loadComponent: () => import('./auth/login.ts').then((m) => m.Login) },
  { path: 'setup', loadComponent: () => import('./auth/setup.ts').then((m) => m.Setup) },
  {
    path: '',
    canActivate: [signedInGuard],
    loadComponent: () => import('./shell/shell.ts').then((m) => m.Shell),
    children: [
      { path: '', pathMatch: 'full', redirectTo: 'projects' },
      { path: 'projects', loadComponent: () => import('./projects/dashboard.ts').then((m) => m.Dashboard) },
      { path: 'projects/:projectId', pathMatch: 'full', redirectTo: 'projects/:projectId/traces' },
      { path: 'projects/:projectId/tracing', redirectTo: 'projects/:projectId/traces' },
      {
        path: 'projects/:projectId/traces',
        loadComponent: () => import('./traces/trace-list.ts').then((m) => m.TraceList),
      },
      {
        path: 'projects/:projectId/traces/:traceId',
        loadComponent: () => import('./traces/trace-page.ts').then((m) => m.TracePage),
      },
      {
        path: 'projects/:projectId/settings',
        loadComponent: () => import('./settings/project-settings.ts').then((m) => m.ProjectSettings),
      },
      {
        path: 'projects/:projectId/settings/:section',
        loadComponent: () => import('./settings/project-settings.ts').then((m) => m.ProjectSettings),
      },
      { path: '**', loadComponent: () => import('./shell/not-found.ts').then((m) => m.NotFound) },
    ],
  },
];
