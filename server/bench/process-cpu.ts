import { readdirSync, readFileSync } from 'node:fs';

/** Linux counts in hundredths of a second everywhere Node runs. */
const MS_PER_TICK = 10;

/** User and system time of a process, its children that ended, and those that still run (one level deep). */
export function cpuMsOf(pid: number): number {
  if (process.platform !== 'linux') return Number.NaN;
  let ticks = 0;
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const stat = statOf(name);
    if (stat !== null && (Number(name) === pid || stat.parent === pid)) ticks += stat.ticks;
  }
  return ticks * MS_PER_TICK;
}

function statOf(pid: string): { parent: number; ticks: number } | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // After "(name) ": state, parent, …; user and system time of itself and of ended children are fields 14 to 17.
    const fields = text
      .slice(text.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
    return { parent: fields[1] ?? 0, ticks: fields.slice(11, 15).reduce((sum, value) => sum + value, 0) };
  } catch {
    return null;
  }
}
