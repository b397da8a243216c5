import { describe, expect, it } from '@jest/globals';
import { TestBed } from '@angular/core/testing';

import { project } from '../../testing/projects.ts';
import { renderPage, type RenderedPage } from '../../testing/render.ts';
import { SessionState } from '../api/session-state.ts';
import { Polling } from '../live/polling.ts';
import { Dashboard } from './dashboard.ts';

async function answer(page: RenderedPage): Promise<void> {
  const now = new Date().toISOString();
  const seen = new Date(Date.now() - 5_000).toISOString();
  page.request('/api/v1/projects').flush({ items: [project('a'), project('b')], next_cursor: null });
  page.request('/api/v1/projects/connection-status').flush([
    {
      project_id: 'a',
      status: 'connected',
      last_seen: seen,
      environment: 'production',
      version: '2.14.0',
      sdk_version: '0.1.0',
      traces_today: 1234,
      instances: [],
      server_time: now,
    },
  ]);
  await page.settle();
}

describe('the projects dashboard', () => {
  it('shows for each project whether it is connected, since when, and with which versions', async () => {
    const page = await renderPage(Dashboard, 'projects', '/projects');
    await answer(page);
    const [connected, never] = page.findAll('project-row');
    expect(connected?.textContent).toMatch(
      /Project a.*Connected.*\d+ seconds ago.*production.*2\.14\.0.*0\.1\.0.*1,234/s,
    );
    expect(never?.textContent).toMatch(/Project b.*Never connected.*never/s);
    expect(page.findAll('live-dot').map((dot) => dot.dataset['status'])).toEqual(['connected', 'never']);
  });

  it('keeps what it showed when the server is away, and says how old it is', async () => {
    const page = await renderPage(Dashboard, 'projects', '/projects');
    await answer(page);
    TestBed.inject(Polling).pause();
    await page.settle();
    TestBed.inject(Polling).resume();
    await page.settle();
    page.request('/api/v1/projects').error(new ProgressEvent('error'));
    await page.settle();
    expect(page.findAll('project-row')).toHaveLength(2);
    expect(page.element.querySelector('[role=status]')?.textContent).toMatch(
      /Not updated for .* · The server cannot be reached · retrying in/,
    );
  });

  it('stops asking when the session has ended', async () => {
    const page = await renderPage(Dashboard, 'projects', '/projects');
    const session = TestBed.inject(SessionState);
    session.signIn({ id: 'u', email: 'a@example.com', name: 'A', role: 'admin' });
    page
      .request('/api/v1/projects')
      .flush({ detail: 'Not signed in' }, { status: 401, statusText: 'Unauthorized' });
    await page.settle();
    expect(session.expired()).toBe(true);
    expect(page.requests('/api/v1/projects').filter(({ cancelled }) => !cancelled)).toEqual([]);
    session.signIn({ id: 'u', email: 'a@example.com', name: 'A', role: 'admin' });
    await page.settle();
    await answer(page);
    expect(page.findAll('project-row')).toHaveLength(2);
  });

  it('keeps its filters in the URL', async () => {
    const page = await renderPage(Dashboard, 'projects', '/projects?status=never');
    await answer(page);
    expect(page.findAll('project-row')).toHaveLength(1);
    page.element.querySelector<HTMLElement>('[data-filter=connected]')?.click();
    await page.settle();
    expect(page.router.url).toBe('/projects?status=connected');
    expect(page.find('project-row').textContent).toContain('Project a');
  });
});
