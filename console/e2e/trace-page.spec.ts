import { afterAll, beforeAll, expect, test } from '@jest/globals';

import { violations } from './axe.ts';
import { type Browser, openBrowser } from './browser.ts';
import { ADMIN, ApiClient, createProject, eventually, type ServerProcess, startServer } from './studio.ts';

const HOSTILE = '<img src=x onerror=alert(1)><script>alert(2)</script>\u202Etxt.exe';
const STEPS = 300;
const START = Date.now() - 60_000;

let server: ServerProcess;
let program: ApiClient;
let project: { id: string; apiKey: string };
let browser: Browser;

beforeAll(async () => {
  server = await startServer();
  project = await createProject(await ApiClient.signedIn(server.url), 'Traces by hand');
  program = ApiClient.withKey(server.url, project.apiKey);
  browser = await openBrowser(server.url);
  const { page } = browser;
  await page.goto(server.url);
  await page.getByLabel('E-mail').fill(ADMIN.email);
  await page.getByLabel('Password').fill(ADMIN.password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByTestId('project-row').waitFor();
});

afterAll(async () => {
  await browser.close();
  await server.stop();
});

test('hostile names, ids and state are shown as text, and nothing of them runs', async () => {
  const { page } = browser;
  let dialogs = 0;
  page.on('dialog', (dialog) => {
    dialogs++;
    void dialog.dismiss();
  });
  await sendTrace('hostile', 1);
  await page.goto(`${server.url}/projects/${project.id}/traces`);
  await page.getByTestId('trace-row').first().getByText('<img src=x').first().waitFor();
  await page.getByTestId('trace-row').first().getByRole('link').click();
  await page.getByTestId('observation-row').first().click();
  const row = page.getByTestId('diff-row').first();
  await row.waitFor();
  expect(await row.innerText()).toContain('\\u202etxt.exe');
  expect(await page.locator('img').count()).toBe(0);
  expect(dialogs).toBe(0);
  expect(await violations(browser)).toEqual([]);
});

test('a trace of hundreds of steps keeps few elements, and is walked with the keyboard', async () => {
  const { page } = browser;
  await sendTrace('long', STEPS);
  await page.goto(`${server.url}/projects/${project.id}/traces/long`);
  await page.getByText(`${STEPS} steps`).waitFor();
  expect(await page.locator('*').count()).toBeLessThan(1_500);
  await page.getByRole('treegrid').focus();
  await page.keyboard.press('End');
  await page
    .locator(`[data-testid=observation-row][data-name="step ${STEPS - 1}"][aria-selected=true]`)
    .waitFor();
  expect(new URL(page.url()).searchParams.get('obs')).not.toBeNull();
  await page.keyboard.press('Home');
  await page.locator('[data-testid=trace-root-row][aria-selected=true]').waitFor();
});

test('a link to a step opens with that step selected and in view', async () => {
  const { page } = browser;
  const path = `/observations?trace_id=long&project_id=${project.id}`;
  const { body } = await program.get(path);
  const wanted = itemsOf(body).find(({ name }) => name === 'step 200');
  await page.goto(
    `${server.url}/projects/${project.id}/traces/long?obs=${String(wanted?.['id'])}&tab=details`,
  );
  const row = page.locator('[data-testid=observation-row][data-name="step 200"][aria-selected=true]');
  await row.waitFor();
  expect(await row.evaluate((element) => element.getBoundingClientRect().top < window.innerHeight)).toBe(
    true,
  );
  expect(await page.getByRole('tab', { name: 'Details' }).getAttribute('aria-selected')).toBe('true');
});

async function sendTrace(id: string, steps: number): Promise<void> {
  const name = id === 'hostile' ? HOSTILE : id;
  const at = (offsetMs: number) => new Date(START + offsetMs).toISOString();
  await accepted(() => program.post('/traces', { id, name, user_id: HOSTILE, timestamp: at(0) }));
  for (let i = 0; i < steps; i++) {
    const state = { [HOSTILE]: HOSTILE, step: i };
    const step = {
      id: `${id}-${i}`,
      trace_id: id,
      name: id === 'hostile' ? HOSTILE : `step ${i}`,
      type: 'CHAIN',
      input: {},
      start_time: at(i * 10),
      end_time: at(i * 10 + 8),
      output: state,
      state_after: state,
    };
    await accepted(() => program.post('/observations', step));
  }
  await accepted(() => program.patch(`/traces/${id}`, { end_time: at(steps * 10), output: {} }));
  await eventually(
    () => program.get(`/observations?trace_id=${id}&project_id=${project.id}`),
    ({ body }) => itemsOf(body).length === steps,
  );
}

/** A busy server may ask to come back later; sent twice it is the same. */
async function accepted(send: () => Promise<{ status: number }>): Promise<void> {
  await eventually(send, ({ status }) => status === 200 || status === 201);
}

function itemsOf(body: unknown): Record<string, unknown>[] {
  return typeof body === 'object' && body !== null
    ? ((Reflect.get(body, 'items') ?? []) as Record<string, unknown>[])
    : [];
}
