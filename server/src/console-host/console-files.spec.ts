import { afterAll, expect, test } from '@jest/globals';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConsoleFiles } from './console-files.ts';

const root = mkdtempSync(join(tmpdir(), 'studio-console-'));
mkdirSync(join(root, 'media'));
for (const file of ['index.html', 'main-K3QZV7XW.js', 'favicon.ico', 'media/inter-ABCDEFGH.woff2'])
  writeFileSync(join(root, file), file);
afterAll(() => rmSync(root, { recursive: true }));

test('only files that were there at the start exist, and the page is not one of them', () => {
  const files = new ConsoleFiles(root);
  const asked = [
    'main-K3QZV7XW.js',
    'media/inter-ABCDEFGH.woff2',
    'index.html',
    '../package.json',
    'media',
    '',
  ];
  expect(asked.map((path) => files.has(path))).toEqual([true, true, false, false, false, false]);
  expect(files.indexHtml).toBe('index.html');
});

test('names with a content hash never change', () => {
  const files = new ConsoleFiles(root);
  const hashed = [
    'main-K3QZV7XW.js',
    'chunk--DzxBe_l.js',
    'styles-0m6Z-Vnf.css',
    'media/inter-ABCDEFGH.woff2',
  ];
  const plain = ['favicon.ico', 'apple-touch-icon.png', 'main.js', 'media/logo.svg', 'logo-vertical.svg'];
  expect(hashed.filter((path) => !files.isImmutable(path))).toEqual([]);
  expect(plain.filter((path) => files.isImmutable(path))).toEqual([]);
});

test('a console that is not built has no page and no files', () => {
  const files = new ConsoleFiles(join(root, 'missing'));
  expect(files.indexHtml).toBeNull();
  expect(files.has('main-K3QZV7XW.js')).toBe(false);
});
