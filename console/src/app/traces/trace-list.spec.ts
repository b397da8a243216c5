import { describe, expect, it } from '@jest/globals';

import { traceSummary } from '../../testing/observations.ts';
import { renderPage, type RenderedPage } from '../../testing/render.ts';
import { TraceList } from './trace-list.ts';

const LIST = '/api/v1/traces';

function open(query = ''): Promise<RenderedPage> {
  return renderPage(TraceList, 'projects/:projectId/traces', `/projects/p1/traces${query}`);
}

/** Answers the latest request for the list; older ones were given up. */
async function answer(
  page: RenderedPage,
  ids: string[],
  cursor: string | null = null,
): Promise<Record<string, string>> {
  const request = page
    .requests(LIST)
    .filter(({ cancelled }) => !cancelled)
    .at(-1);
  if (!request) throw new Error('the list was not asked for');
  const items = ids.map((id) =>
    traceSummary(id, { project_id: 'p1', user_id: 'alice', session_id: 'chat-1' }),
  );
  request.flush({ items, next_cursor: cursor });
  await page.settle();
  const { params } = request.request;
  return Object.fromEntries(params.keys().map((key) => [key, params.get(key) ?? '']));
}

function ids(page: RenderedPage): (string | null)[] {
  return page.findAll('trace-row').map((row) => row.getAttribute('data-trace-id'));
}

describe('the trace list', () => {
  it('asks with the filters of the URL', async () => {
    const page = await open('?user=a%2Fb&status=error&from=2026-11-20T00:00:00Z');
    await page.settle();
    expect(await answer(page, ['t1'])).toEqual({
      project_id: 'p1',
      user_id: 'a/b',
      status: 'error',
      from: '2026-11-20T00:00:00.000Z',
      limit: '50',
    });
    expect(ids(page)).toEqual(['t1']);
    expect(page.find('filter-user')).toHaveProperty('value', 'a/b');
  });

  it('puts a chosen filter into the URL and asks again', async () => {
    const page = await open();
    await page.settle();
    await answer(page, ['t1', 't2']);
    page.find('status-running').click();
    await page.settle();
    expect(page.router.url).toBe('/projects/p1/traces?status=running');
    expect(await answer(page, ['t2'])).toMatchObject({ status: 'running' });
    expect(ids(page)).toEqual(['t2']);
  });

  it('filters by what is clicked in a row, and keeps other parameters of the URL', async () => {
    const page = await open('?unknown=1');
    await page.settle();
    await answer(page, ['t1']);
    page.find('trace-row').querySelector('button')?.click();
    await page.settle();
    expect(page.router.url).toBe('/projects/p1/traces?unknown=1&user=alice');
  });

  it('loads older traces below the ones shown', async () => {
    const page = await open();
    await page.settle();
    await answer(page, ['t3', 't2'], 'c1');
    page.find('load-older').click();
    expect(await answer(page, ['t1'])).toMatchObject({ cursor: 'c1' });
    expect(ids(page)).toEqual(['t3', 't2', 't1']);
    expect(page.findAll('load-older')).toEqual([]);
  });

  it('shows how to connect when there are no traces yet, and a way out when filters hide them', async () => {
    const page = await open();
    await page.settle();
    await answer(page, []);
    expect(page.find('sdk-snippet').textContent).toContain("projectId: 'p1'");
    page.find('status-error').click();
    await page.settle();
    await answer(page, []);
    expect(page.element.textContent).toContain('No traces match');
  });

  it('says what is wrong when the list cannot be had', async () => {
    const page = await open();
    await page.settle();
    page
      .request(LIST)
      .flush({ detail: 'Project not found', request_id: 'r-7' }, { status: 404, statusText: 'Not Found' });
    await page.settle();
    expect(page.element.querySelector('[role=alert]')?.textContent).toMatch(
      /Project not found.*HTTP 404 · request r-7/s,
    );
  });
});
