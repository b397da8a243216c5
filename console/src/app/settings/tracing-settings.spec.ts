import { beforeEach, describe, expect, it } from '@jest/globals';

import { project } from '../../testing/projects.ts';
import { renderComponent, type RenderedPage } from '../../testing/render.ts';
import { TracingSettings } from './tracing-settings.ts';

const ADDRESS = '/api/v1/projects/p1/tracing';

describe('the tracing switch', () => {
  let page: RenderedPage;

  beforeEach(async () => {
    page = renderComponent(TracingSettings, { project: project('p1') });
    document.body.append(page.element);
    await page.settle();
    page
      .requests('/api/v1/projects/p1/tracing/history')
      .forEach((request) => request.flush({ items: [], next_cursor: null }));
  });

  const isOn = (): string | null => page.find('tracing-switch').getAttribute('aria-checked');

  async function click(testId: string): Promise<void> {
    page.find(testId).focus();
    page.find(testId).click();
    await page.settle();
  }

  it('says what it means', () => {
    expect(isOn()).toBe('true');
    expect(page.find('tracing-status').textContent).toContain('✅ Traces are being collected');
  });

  it('moves before the server has answered, then says what was saved', async () => {
    await click('tracing-switch');
    expect(isOn()).toBe('false');
    expect(page.find('tracing-status').textContent).toContain('⏸️ Tracing is disabled');
    expect(page.find('tracing-saved').textContent).toBe('Saving…');
    const request = page.request(ADDRESS, 'PATCH');
    expect(request.request.body).toEqual({ tracing_enabled: false });
    request.flush({
      status: 'ok',
      tracing_enabled: false,
      message: 'Tracing disabled for project',
      version: 2,
      applied: true,
    });
    await page.settle();
    expect(isOn()).toBe('false');
    expect(page.find('tracing-saved').textContent).toContain('Saved');
  });

  it('moves back when the server refuses, says why, keeps the focus, and retries', async () => {
    await click('tracing-switch');
    page
      .request(ADDRESS, 'PATCH')
      .flush(
        { detail: 'Database is not reachable', status: 503 },
        { status: 503, statusText: 'Service Unavailable' },
      );
    await page.settle();
    expect(isOn()).toBe('true');
    expect(page.find('tracing-error').textContent).toContain(
      'Could not turn tracing off: Database is not reachable',
    );
    expect(document.activeElement).toBe(page.find('tracing-switch'));

    await click('tracing-retry');
    expect(isOn()).toBe('false');
    expect(page.findAll('tracing-error')).toEqual([]);
    expect(page.request(ADDRESS, 'PATCH').request.body).toEqual({ tracing_enabled: false });
  });
});
