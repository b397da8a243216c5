import { chromium, type Page } from 'playwright-core';
import { CHROMIUM, findOnPath } from '../../server/tools/system-program.ts';

export interface BrowserOptions {
  colorScheme?: 'light' | 'dark';
  width?: number;
  height?: number;
  /** Console errors that the test causes on purpose. */
  expectedErrors?: readonly RegExp[];
}

export interface Browser {
  readonly page: Page;
  /** What went wrong in the page so far: script errors, console errors, requests to other origins. */
  problems(): readonly string[];
  /** Ends Chromium. Throws when something went wrong in the page. */
  close(): Promise<void>;
}

const FLAGS = ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu', '--disable-background-networking'];

/**
 * Chromium names every answer of 400 and above on its console. The answer itself is the test's business: "not signed in"
 * on the first visit is not a fault of the page, nor is "come back later" of a busy server.
 */
const ANSWERED = /^Failed to load resource: the server responded with a status of (4\d\d|503)/;

/** Opens an empty page for the console at `origin`. */
export async function openBrowser(origin: string, options: BrowserOptions = {}): Promise<Browser> {
  const { colorScheme = 'light', width = 1360, height = 860, expectedErrors = [] } = options;
  const executablePath = findOnPath(CHROMIUM.names);
  if (executablePath === undefined) throw new Error(CHROMIUM.missing);
  const chrome = await chromium.launch({ executablePath, args: FLAGS, timeout: 300_000 });
  const context = await chrome.newContext({
    colorScheme,
    viewport: { width, height },
    // What moves is not where it was a moment ago.
    reducedMotion: 'reduce',
  });
  const page = await context.newPage();
  page.setDefaultTimeout(300_000);
  const problems: string[] = [];
  const allowed = new URL(origin).origin;
  page.on('pageerror', (error) => problems.push(`script error: ${error.message}`));
  page.on('console', (message) => {
    const text = message.text();
    if (message.type() !== 'error' || ANSWERED.test(text)) return;
    if (!expectedErrors.some((expected) => expected.test(text))) problems.push(`console error: ${text}`);
  });
  page.on('request', (request) => {
    const url = new URL(request.url());
    if (url.protocol !== 'data:' && url.origin !== allowed)
      problems.push(`request to another origin: ${url.href}`);
  });
  return {
    page,
    problems: () => problems,
    async close() {
      await chrome.close();
      if (problems.length > 0) throw new Error(`The page had problems:\n${problems.join('\n')}`);
    },
  };
}
