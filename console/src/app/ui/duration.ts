/** `0.4 ms`, `123 ms`, `4.21 s`, `3m 12s`, `2h 05m`. */
export function formatDuration(ms: number): string {
  if (ms < 10) return `${trim(ms, 1)} ms`;
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  if (ms < 59_995) return `${(ms / 1_000).toFixed(2)} s`;
  const seconds = Math.round(ms / 1_000);
  if (seconds < 3_600) return `${Math.floor(seconds / 60)}m ${pad(seconds % 60)}s`;
  const minutes = Math.floor(seconds / 60);
  return `${Math.floor(minutes / 60)}h ${pad(minutes % 60)}m`;
}

/** Whole seconds below a minute, for something that still runs: `14 s`. */
export function formatTicking(ms: number): string {
  return ms < 60_000 ? `${Math.max(0, Math.floor(ms / 1_000))} s` : formatDuration(ms);
}

/** Decimal units: `812 B`, `12.3 kB`, `1.2 MB`. */
export function formatBytes(bytes: number): string {
  if (bytes < 1_000) return `${bytes} B`;
  if (bytes < 999_950) return `${(bytes / 1_000).toFixed(1)} kB`;
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}

function trim(value: number, digits: number): string {
  return String(Number(value.toFixed(digits)));
}

function pad(value: number): string {
  return String(value).padStart(2, '0');
}
