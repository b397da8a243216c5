import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';

/** The same place in a checkout and in the runtime folder, from `server/src` and from `server/dist`. */
export const CONSOLE_ROOT = join(import.meta.dirname, '../../../console/dist/browser');

/** Names with a content hash, as the build gives them: `main-K3QZV7XW.js`, `chunk--DzxBe_l.js`, `media/inter-B5zotXbq.woff2`. */
const HASHED = /^((chunk|main|polyfills|scripts|styles|worker)|media\/.+)-[\w-]{8}\.\w+$/;

/** The built console, as found when the process started. */
export class ConsoleFiles {
  readonly root: string;
  /** Null when the console is not built. */
  readonly indexHtml: string | null;
  private readonly paths: ReadonlySet<string>;

  constructor(root: string) {
    this.root = root;
    const index = join(root, 'index.html');
    this.indexHtml = existsSync(index) ? readFileSync(index, 'utf8') : null;
    this.paths = new Set(this.indexHtml === null ? [] : listFiles(root));
  }

  /** @param path relative to the root, with `/`; only files listed at start exist, so no path leads outside */
  has(path: string): boolean {
    return path !== 'index.html' && this.paths.has(path);
  }

  /** Whether the file's content can never change under its name. */
  isImmutable(path: string): boolean {
    return HASHED.test(path);
  }
}

function listFiles(root: string): string[] {
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).split(sep).join('/'));
}
