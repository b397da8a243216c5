import { readFileSync } from 'node:fs';

const CHECK_PARENT_MS = 500;

/** Resolves on Ctrl-C, SIGTERM, a closed terminal, or when the process that started us (npm, a script) is gone. */
export function untilEnded(): Promise<string> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
      process.once(signal, () => resolve(signal));
    const starter = startedBy();
    const timer = setInterval(() => {
      if (startedBy() !== starter) resolve('its parent ended');
    }, CHECK_PARENT_MS);
    timer.unref();
  });
}

/** Our parent, and npm behind the `sh -c` that npm puts between: when npm is killed, that shell lives on. */
function startedBy(): string {
  const parent = process.ppid;
  if (process.platform !== 'linux') return String(parent);
  try {
    const [, name = '', , grandparent = ''] =
      /^\d+ \((.*)\) (\S) (\d+)/.exec(readFileSync(`/proc/${parent}/stat`, 'utf8')) ?? [];
    const isShellOfNpm = /^(sh|dash|bash)$/.test(name) && process.env['npm_lifecycle_event'] !== undefined;
    return isShellOfNpm ? `${parent} of ${grandparent}` : String(parent);
  } catch {
    return String(parent);
  }
}
