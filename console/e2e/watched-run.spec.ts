import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import { ADMIN, ApiClient, createProject, eventually, startServer } from './studio.ts';
import type { ServerProcess } from './studio.ts';
import { type SampleAgent, startSampleAgent } from './sample-agent.ts';
import { type Browser, openBrowser } from './browser.ts';

/** A busy machine opens the page of a run when that is nearly over, again and again. */
const WATCHING_MS = 300_000;
const NODES = ['classify_intent', 'memory_node', 'global_planner', 'agent_execution', 'user_interface'];

let server: ServerProcess;
let api: ApiClient;
let project: { id: string; apiKey: string };
let agent: SampleAgent;
let browser: Browser;
let page: Page;

beforeAll(async () => {
  server = await startServer();
  api = await ApiClient.signedIn(server.url);
  project = await createProject(api, 'Watched agent');
  agent = startSampleAgent({ ...server, apiKey: project.apiKey, projectId: project.id, runs: 1_000 });
  browser = await openBrowser(server.url);
  page = browser.page;
});

afterAll(async () => {
  await agent.stop();
  await browser.close();
  await server.stop();
});

test('signing in leads to the dashboard, where the project is shown as connected', async () => {
  await page.goto(server.url);
  await page.getByLabel(/e-?mail/i).fill(ADMIN.email);
  await page.getByLabel('Password').fill(ADMIN.password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  const row = page.getByTestId('project-row').filter({ hasText: 'Watched agent' });
  await row.getByText('Connected', { exact: true }).waitFor();
  expect(await row.getByTestId('last-seen').innerText()).toMatch(/now|second|just/i);
});

test('a run grows in place while it is watched, and a node is visible within about a second of its end', async () => {
  let delays: number[] = [];
  const deadline = performance.now() + WATCHING_MS;
  // A run that was nearly over when its page had opened shows nothing growing.
  while (delays.length === 0 && performance.now() < deadline) delays = await watchOneRun();
  console.log(
    `Node end → visible row: median ${median(delays)} ms, max ${Math.max(...delays)} ms over ${delays.length} nodes`,
  );
  expect(delays.length).toBeGreaterThan(0);
}, 1_500_000);

test('a run that succeeded shows the five nodes with LLM and tool below the right ones', async () => {
  await openTrace('ok');
  const rows = await observationRows(page);
  const nodes = rows.filter(({ name }) => NODES.includes(name));
  expect(nodes.map(({ name }) => name)).toEqual(NODES);
  const depth = nodes[0]?.depth ?? 0;
  const toolAt = rows.findIndex(
    ({ name, depth: at }) => at > depth && /search|lookup|tool|weather|calendar/i.test(name),
  );
  expect(toolAt).toBeGreaterThan(rows.findIndex(({ name }) => name === 'agent_execution'));
  expect(rows.filter(({ depth: at }) => at > depth).length).toBeGreaterThanOrEqual(2);
});

test('the state diff of a node is red and green, and a key it did not touch is not shown as changed', async () => {
  const traceId = await openTrace('ok');
  for (const name of NODES) {
    await page.locator(`[data-testid=observation-row][data-name=${name}]`).first().click();
    await page.getByRole('tab', { name: /state/i }).click();
    await page.getByTestId('diff-row').first().waitFor();
    const shown = await page
      .locator('[data-testid=diff-row][data-mark]')
      .evaluateAll((rows) =>
        rows.map((row) => [row.getAttribute('data-mark'), row.getAttribute('data-path')]),
      );
    const changed = new Set(
      shown.filter(([mark]) => '+-~−'.includes(mark ?? ' ')).map(([, path]) => topKey(path ?? '')),
    );
    expect(changed).toEqual(await changedKeys(traceId, name));
  }
  await page.locator('[data-testid=observation-row][data-name=classify_intent]').first().click();
  const added = page.locator('[data-testid=diff-row][data-mark="+"]').first();
  await added.waitFor();
  const [red = 0, green = 0] =
    (await added.evaluate((row) => getComputedStyle(row).backgroundColor)).match(/[\d.]+/g)?.map(Number) ??
    [];
  expect(green).toBeGreaterThan(red);
});

test('a run that failed ends at the failing node with status error', async () => {
  await openTrace('error');
  const rows = await observationRows(page);
  const nodes = rows.filter(({ name }) => NODES.includes(name));
  expect(nodes.map(({ name }) => name)).toEqual(NODES.slice(0, 4));
  expect(nodes.at(-1)?.status).toBe('error');
});

/** Opens the newest running run from the list and watches it to its end: the delays of the nodes that ended meanwhile. */
async function watchOneRun(): Promise<number[]> {
  await page.goto(`${server.url}/projects/${project.id}/traces`);
  const running = page.locator('[data-testid=trace-row][data-status=running]').first();
  await running.waitFor();
  const traceId = (await running.getAttribute('data-trace-id')) ?? '';
  await running.getByRole('link').click();
  await page.getByTestId('observation-row').first().waitFor();
  await recordRowEnds(page);
  const ended = page.locator('[data-testid=observation-row][data-name=user_interface][data-status=ok]');
  await ended.or(page.locator('[data-testid=observation-row][data-status=error]').first()).first().waitFor();
  return visibleDelays(page, traceId);
}

async function openTrace(status: 'ok' | 'error'): Promise<string> {
  const list = `/traces?project_id=${project.id}&status=${status}`;
  const { body } = await eventually(
    () => api.get(list),
    (answer) => itemsOf(answer.body).length > 0,
  );
  const traceId = String(itemsOf(body)[0]?.['id']);
  // Its last observations may be stored as ended after it.
  await eventually(
    () => api.get(`/observations?trace_id=${traceId}&project_id=${project.id}`),
    (answer) => itemsOf(answer.body).every(({ end_time: end }) => end !== null),
  );
  await page.goto(`${server.url}/projects/${project.id}/traces/${traceId}`);
  await page.getByTestId('observation-row').nth(3).waitFor();
  return traceId;
}

function observationRows(from: Page): Promise<{ name: string; depth: number; status: string }[]> {
  return from.getByTestId('observation-row').evaluateAll((rows) =>
    rows.map((row) => ({
      name: row.getAttribute('data-name') ?? '',
      depth: Number(row.getAttribute('data-level-depth')),
      status: row.getAttribute('data-status') ?? '',
    })),
  );
}

/** From now on the page notes when each observation row is first seen with an end. */
async function recordRowEnds(from: Page): Promise<void> {
  await from.evaluate(() => {
    const seen: Record<string, number> = {};
    Reflect.set(window, 'rowEnds', seen);
    const look = () => {
      for (const row of document.querySelectorAll('[data-testid=observation-row]')) {
        const id = row.getAttribute('data-observation-id') ?? '';
        if (row.getAttribute('data-status') !== 'running') seen[id] ??= Date.now();
      }
    };
    look();
    Reflect.set(window, 'rowsAtStart', Object.keys(seen));
    new MutationObserver(look).observe(document.body, { subtree: true, childList: true, attributes: true });
  });
}

/** Milliseconds from a node's end, as the observed process measured it, to its ended row on the screen. */
async function visibleDelays(from: Page, traceId: string): Promise<number[]> {
  const ends = await from.evaluate(() => Reflect.get(window, 'rowEnds') as Record<string, number>);
  const early = await from.evaluate(() => Reflect.get(window, 'rowsAtStart') as string[]);
  const { body } = await api.get(`/observations?trace_id=${traceId}&project_id=${project.id}`);
  return itemsOf(body)
    .filter(({ id, name }) => NODES.includes(String(name)) && !early.includes(String(id)))
    .flatMap(({ id, end_time: end }) => {
      const shownAt = ends[String(id)];
      return shownAt === undefined || typeof end !== 'string' ? [] : [Math.round(shownAt - Date.parse(end))];
    });
}

/** Top-level keys whose value differs between the node's input and the state after it, from the API alone. */
async function changedKeys(traceId: string, name: string): Promise<Set<string>> {
  const { body } = await api.get(`/observations?trace_id=${traceId}&project_id=${project.id}`);
  const node = itemsOf(body).find((observation) => observation['name'] === name);
  const payload = async (kind: string) => {
    const path = `/traces/${traceId}/observations/${String(node?.['id'])}/payloads/${kind}`;
    return (await api.get(`${path}?project_id=${project.id}`)).body as Record<string, unknown>;
  };
  const [before, after] = [await payload('input'), await payload('state_after')];
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  return new Set([...keys].filter((key) => JSON.stringify(before[key]) !== JSON.stringify(after[key])));
}

function topKey(path: string): string {
  return path.replace(/^\$?[./]?/, '').split(/[./[]/)[0] ?? '';
}

function itemsOf(body: unknown): Record<string, unknown>[] {
  return typeof body === 'object' && body !== null
    ? ((Reflect.get(body, 'items') ?? []) as Record<string, unknown>[])
    : [];
}

function median(values: readonly number[]): number {
  return [...values].sort((one, other) => one - other)[Math.floor(values.length / 2)] ?? Number.NaN;
}
