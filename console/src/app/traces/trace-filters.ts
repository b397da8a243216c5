import type { TraceQuery } from '../api/traces-api.ts';

/** Names in the page's URL and what the API calls them. `status` and the times are handled apart. */
const TEXT_FILTERS = {
  user: 'user_id',
  session: 'session_id',
  name: 'name',
  environment: 'environment',
  version: 'version',
  tag: 'tag',
  level: 'level',
  min_duration_ms: 'min_duration_ms',
} as const;

export type TextFilter = keyof typeof TEXT_FILTERS;
export type FilterName = TextFilter | 'status' | 'from' | 'to';

/** What the URL asks for; absent: not filtered. `from` and `to` stay as written: `now-1h`, `today`, or RFC 3339. */
export type TraceFilters = Readonly<Partial<Record<FilterName, string>>>;

const STATUSES: readonly string[] = ['running', 'ok', 'error', 'interrupted', 'incomplete'];
const RELATIVE = /^now-(\d{1,4})([mhd])$/;
const UNIT_MS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

export const TIME_PRESETS: readonly { from: string; label: string }[] = [
  { from: 'now-15m', label: 'Last 15 minutes' },
  { from: 'now-1h', label: 'Last hour' },
  { from: 'now-24h', label: 'Last 24 hours' },
  { from: 'now-7d', label: 'Last 7 days' },
  { from: 'now-30d', label: 'Last 30 days' },
  { from: 'today', label: 'Today' },
];

/** Reads filters from query parameters; unknown parameters and unusable values are left out. */
export function readFilters(params: { get(name: string): string | null }): TraceFilters {
  const filters: Partial<Record<FilterName, string>> = {};
  for (const name of Object.keys(TEXT_FILTERS).filter(isTextFilter)) {
    const value = params.get(name);
    if (value) filters[name] = value;
  }
  const status = params.get('status');
  if (status && STATUSES.includes(status)) filters.status = status;
  for (const name of ['from', 'to'] as const) {
    const value = params.get(name);
    if (value && resolveTime(value, 0) !== null) filters[name] = value;
  }
  return filters;
}

/** Query parameters that hold exactly these filters: null removes a parameter. */
export function filterParams(filters: TraceFilters): Record<FilterName, string | null> {
  return {
    user: filters.user ?? null,
    session: filters.session ?? null,
    name: filters.name ?? null,
    environment: filters.environment ?? null,
    version: filters.version ?? null,
    tag: filters.tag ?? null,
    level: filters.level ?? null,
    min_duration_ms: filters.min_duration_ms ?? null,
    status: filters.status ?? null,
    from: filters.from ?? null,
    to: filters.to ?? null,
  };
}

/** The same as the API takes it; relative times are resolved against `nowMs`. */
export function traceQuery(filters: TraceFilters, nowMs: number): TraceQuery {
  const query: Record<string, string> = {};
  for (const [name, apiName] of Object.entries(TEXT_FILTERS)) {
    const value = isTextFilter(name) ? filters[name] : undefined;
    if (value) query[apiName] = value;
  }
  if (filters.status) query['status'] = filters.status;
  for (const name of ['from', 'to'] as const) {
    const resolved = filters[name] ? resolveTime(filters[name], nowMs) : null;
    if (resolved !== null) query[name] = new Date(resolved).toISOString();
  }
  return query;
}

/** Moment meant by `now-15m`, `today` (start of the browser's day) or an RFC 3339 time; null when it is none of these. */
export function resolveTime(text: string, nowMs: number): number | null {
  const relative = RELATIVE.exec(text);
  if (relative) return nowMs - Number(relative[1]) * (UNIT_MS[relative[2] ?? ''] ?? 0);
  if (text === 'now') return nowMs;
  if (text === 'today') return new Date(nowMs).setHours(0, 0, 0, 0);
  const absolute = /^\d{4}-\d\d-\d\dT/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isFinite(absolute) ? absolute : null;
}

function isTextFilter(name: string): name is TextFilter {
  return name in TEXT_FILTERS;
}
