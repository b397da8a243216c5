import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';

import { at, observation, traceDetail } from '../../testing/observations.ts';
import { renderPage, type RenderedPage } from '../../testing/render.ts';
import type { Observation, RunStatus } from '../api/model.ts';
import { TracePage } from './trace-page.ts';

/** jsdom has no layout: nothing is observed, and the grid takes its default height. */
class NoResizes implements ResizeObserver {
  observe(): void {}
  unobserve(): void {}
  disconnect(): void {}
}

function node(id: string, change: Partial<Observation> = {}): Observation {
  const payloads = (['input', 'output', 'state_after'] as const).map((kind) => ({ kind, bytes: 10 }));
  return observation(id, null, { project_id: 'p1', payloads, ...change });
}

async function answer(page: RenderedPage, status: RunStatus, observations: Observation[]): Promise<void> {
  const trace = traceDetail({ project_id: 'p1', status, end_time: status === 'running' ? null : at(100) });
  page.request('/api/v1/traces/trace').flush(trace);
  page.request('/api/v1/observations').flush({ items: observations, next_cursor: null });
  await page.settle();
}

async function answerPayload(page: RenderedPage, path: string, value: unknown): Promise<void> {
  page.request(`/api/v1/traces/trace/observations/${path}?project_id=p1`).flush(JSON.stringify(value));
  await page.settle();
}

describe('the trace page', () => {
  const realResizeObserver = globalThis.ResizeObserver;

  beforeEach(() => {
    globalThis.ResizeObserver = NoResizes;
  });
  afterEach(() => {
    globalThis.ResizeObserver = realResizeObserver;
    jest.restoreAllMocks();
  });

  const open = async (query = ''): Promise<RenderedPage> => {
    const page = await renderPage(
      TracePage,
      'projects/:projectId/traces/:traceId',
      `/projects/p1/traces/trace${query}`,
    );
    await page.settle();
    return page;
  };
  const rows = (page: RenderedPage): (string | null)[] =>
    page.findAll('observation-row').map((row) => `${row.dataset['name']} ${row.dataset['levelDepth']}`);

  it('shows the tree, and the state diff of the step that is clicked', async () => {
    const page = await open();
    const child = observation('llm', 'plan', { type: 'GENERATION', start_time: at(5), project_id: 'p1' });
    await answer(page, 'ok', [node('plan'), child]);
    expect(rows(page)).toEqual(['plan 0', 'llm 1']);

    page.find('observation-row').click();
    await page.settle();
    expect(page.router.url).toContain('obs=plan');
    await answerPayload(page, 'plan/payloads/input', { intent: null, budget: 1, gone: true });
    await answerPayload(page, 'plan/payloads/state_after', { intent: 'book', budget: 1, steps: ['a'] });
    const marks = page.findAll('diff-row').map((row) => `${row.dataset['mark']}${row.dataset['path']}`);
    expect(marks).toEqual(['~intent', '-gone', '+steps']);
    expect(page.findAll('diff-note')).toEqual([]);
  });

  it('overlays what a node returned when no state was recorded after it, and says so', async () => {
    const page = await open('?obs=plan');
    const payloads = [{ kind: 'input', bytes: 10 } as const, { kind: 'output', bytes: 10 } as const];
    await answer(page, 'ok', [node('plan', { payloads })]);
    await answerPayload(page, 'plan/payloads/input', { intent: null, budget: 1 });
    await answerPayload(page, 'plan/payloads/output', { intent: 'book' });
    expect(page.findAll('diff-row').map((row) => row.dataset['path'])).toEqual(['intent']);
    expect(page.find('diff-note').textContent).toContain('overlaid with the keys this node returned');
  });

  it('grows while the trace runs, keeping the selection and the same row elements', async () => {
    const page = await open('?obs=plan&tab=details');
    await answer(page, 'running', [node('plan', { status: 'running', end_time: null, duration_ms: null })]);
    const before = page.find('observation-row');
    await new Promise((resolve) => setTimeout(resolve, 1_050));
    await answer(page, 'running', [
      node('plan'),
      node('execute', { start_time: at(120), status: 'running' }),
    ]);
    expect(rows(page)).toEqual(['plan 0', 'execute 0']);
    expect(page.find('observation-row')).toBe(before);
    expect(before.dataset['status']).toBe('ok');
    expect(before.getAttribute('aria-selected')).toBe('true');
  });

  it('shows hostile text as text', async () => {
    const page = await open('?obs=plan');
    const hostile = '<img src=x onerror=alert(1)>\u202E';
    await answer(page, 'ok', [node('plan', { name: hostile })]);
    await answerPayload(page, 'plan/payloads/input', {});
    await answerPayload(page, 'plan/payloads/state_after', { [hostile]: hostile });
    expect(page.element.querySelectorAll('img')).toHaveLength(0);
    expect(page.find('inspector-name').textContent).toBe('<img src=x onerror=alert(1)>\\u202e');
    expect(page.find('diff-row').textContent).toContain('\\u202e');
  });

  it('says that a trace was not found', async () => {
    const page = await open();
    page
      .request('/api/v1/traces/trace')
      .flush({ detail: 'Trace not found' }, { status: 404, statusText: 'Not Found' });
    await page.settle();
    expect(page.element.querySelector('h1')?.textContent).toBe('Trace not found');
  });
});
