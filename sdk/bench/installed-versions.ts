import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const load = createRequire(import.meta.url);
export const PEERS = ['@opentelemetry/sdk-trace-base', '@langfuse/tracing', 'langsmith'] as const;

/** Versions of the SDK and of what it is compared with, as installed. */
export function installedVersions(...names: readonly string[]): Record<string, string> {
  return Object.fromEntries(['swisper-studio', ...names].map((name) => [name, versionOf(name)]));
}

/** Not every package lets its package.json be required: it is found above its main file. */
function versionOf(name: string): string {
  let folder = dirname(load.resolve(name));
  while (dirname(folder) !== folder) {
    const description = descriptionIn(folder);
    if (description?.name === name) return description.version;
    folder = dirname(folder);
  }
  return 'unknown';
}

function descriptionIn(folder: string): { name: string; version: string } | undefined {
  try {
    const found: unknown = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    const field = (key: string): string => String(Reflect.get(Object(found), key));
    return { name: field('name'), version: field('version') };
  } catch {
    return undefined;
  }
}
