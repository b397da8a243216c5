import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { violations } from './axe.ts';
import { type Browser, openBrowser } from './browser.ts';
import { ADMIN, ApiClient, createProject, type ServerProcess, startServer } from './studio.ts';

let server: ServerProcess;
let project: { id: string };

beforeAll(async () => {
  server = await startServer();
  project = await createProject(await ApiClient.signedIn(server.url), 'Empty project');
});

afterAll(() => server.stop());

describe.each(['light', 'dark'] as const)('the console, %s', (colorScheme) => {
  let browser: Browser;

  beforeAll(async () => {
    browser = await openBrowser(server.url, { colorScheme });
  });
  afterAll(() => browser.close());

  test('the login page has no accessibility violations, and refuses a wrong password in words', async () => {
    const { page } = browser;
    await page.goto(`${server.url}/projects/${project.id}/settings`);
    await page.getByRole('button', { name: 'Sign in' }).waitFor();
    expect(await violations(browser)).toEqual([]);
    await page.getByLabel('E-mail').fill(ADMIN.email);
    await page.getByLabel('Password').fill('a wrong password');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('Invalid email or password').waitFor();
  });

  test('signing in leads to the page that was wanted', async () => {
    const { page } = browser;
    await page.getByLabel('Password').fill(ADMIN.password);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('heading', { name: 'Observability Settings' }).waitFor();
    expect(new URL(page.url()).pathname).toBe(`/projects/${project.id}/settings`);
    expect(await violations(browser)).toEqual([]);
  });

  test('tracing is turned off and on with one click each, and stays so after a reload', async () => {
    const { page } = browser;
    const tracing = page.getByTestId('tracing-switch');
    await tracing.click();
    await page.getByText('⏸️ Tracing is disabled').waitFor();
    await page.getByTestId('tracing-saved').getByText('Saved').waitFor();
    await page.reload();
    await page.locator('[data-testid=tracing-switch][aria-checked=false]').click();
    await page.getByTestId('tracing-saved').getByText('Saved').waitFor();
    await page.reload();
    await page.locator('[data-testid=tracing-switch][aria-checked=true]').waitFor();
  });

  test('a key is shown once, and can be revoked', async () => {
    const { page } = browser;
    const name = `laptop ${colorScheme}`;
    await page.getByTestId('new-key').click();
    await page.getByLabel('Name', { exact: true }).last().fill(name);
    await page.getByRole('button', { name: 'Create key' }).click();
    const secret = await page.getByTestId('api-key-secret').innerText();
    expect(secret).toMatch(/^sws_/);
    const copy = page.getByRole('button', { name: 'Copy key' });
    const [button, dialog] = [
      await copy.boundingBox(),
      await page.locator('mat-dialog-container').boundingBox(),
    ];
    expect(rightOf(button)).toBeLessThan(rightOf(dialog));
    expect(await violations(browser)).toEqual([]);
    await page.getByTestId('key-stored').click();
    const row = page.getByTestId('api-key-row').filter({ hasText: name });
    await row.waitFor();
    expect(await page.getByText(secret).count()).toBe(0);
    await row.getByRole('button', { name: /Revoke/ }).click();
    const prefix = await page.locator('sw-confirm label b').innerText();
    await page.locator('#confirm-typed').fill(prefix);
    await page.getByRole('button', { name: 'Revoke key', exact: true }).click();
    await row.and(page.locator('[data-state=revoked]')).waitFor();
  });

  test.each([
    ['/projects', '[data-testid=project-row]'],
    ['/projects/:id/traces', '[data-testid=sdk-snippet]'],
    ['/nowhere', 'h1'],
  ])('%s has no accessibility violations', async (path, last) => {
    const { page } = browser;
    await page.goto(server.url + path.replace(':id', project.id));
    await page.locator('h1').waitFor();
    await page.locator(last).first().waitFor();
    expect(await violations(browser)).toEqual([]);
  });

  test('an old address of tracing leads to the traces', async () => {
    const { page } = browser;
    await page.goto(`${server.url}/projects/${project.id}/tracing`);
    await page.getByTestId('sdk-snippet').waitFor();
    expect(new URL(page.url()).pathname).toBe(`/projects/${project.id}/traces`);
    expect(await page.getByTestId('sdk-snippet').innerText()).toContain(project.id);
  });
});

function rightOf(box: { x: number; width: number } | null): number {
  return box ? box.x + box.width : Number.NaN;
}
