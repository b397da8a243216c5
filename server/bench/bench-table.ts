import { cpus, loadavg, totalmem } from 'node:os';
import { parseArgs } from 'node:util';

/** One figure, measured several times. */
export interface Measured {
  readonly what: string;
  readonly unit: string;
  /** One value per run. */
  readonly values: readonly number[];
  /** `what` of the row it is compared with; its ratio is median to median. */
  readonly baseline?: string;
}

/** A figure to reach: a ratio inside this run wherever possible. */
export interface Goal {
  readonly what: string;
  readonly figure: number;
  readonly atLeast?: number;
  readonly atMost?: number;
  readonly unit?: string;
}

export interface BenchReport {
  readonly title: string;
  /** Versions of what was measured, e.g. of PostgreSQL and Redis; Node and the machine are added. */
  readonly versions: Readonly<Record<string, string>>;
  readonly parameters: Readonly<Record<string, string | number>>;
  readonly rows: readonly Measured[];
  readonly goals: readonly Goal[];
}

/** Prints a report. Nothing fails: a missed goal is named as such, and is for people to judge. */
export function printReport(report: BenchReport): void {
  const lines = [
    `# ${report.title}`,
    `machine     ${machine()}`,
    `versions    ${pairs({ Node: process.versions.node, ...report.versions })}`,
    `parameters  ${pairs(report.parameters)}`,
    '',
    ...aligned([
      ['', 'min', 'median', 'max', 'unit', 'runs', 'ratio'],
      ...report.rows.map((row) => cells(row, report.rows)),
    ]),
    '',
    ...aligned([['goal', 'figure', 'target', ''], ...report.goals.map(goalCells)]),
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}

/** Quantile `q` (0 to 1) by nearest rank; NaN of nothing. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(q * sorted.length) - 1))] ?? Number.NaN;
}

export const median = (values: readonly number[]): number => quantile(values, 0.5);

/** Median of the values of the row with that name. */
export function medianOf(rows: readonly Measured[], what: string): number {
  return median(rows.find((row) => row.what === what)?.values ?? []);
}

/**
 * Parameters from the command line: `--events 5000` sets `events`.
 * @param defaults every parameter there is
 */
export function numbersFrom<K extends string>(defaults: Readonly<Record<K, number>>): Record<K, number> {
  const numbers: Record<K, number> = { ...defaults };
  const options = Object.fromEntries(
    Object.keys(defaults).map((name) => [name, { type: 'string' } as const]),
  );
  const { values } = parseArgs({ options });
  for (const name in defaults) {
    const given = values[name];
    if (given === undefined) continue;
    numbers[name] = Number(given);
    if (!Number.isFinite(numbers[name])) throw new Error(`--${name} must be a number`);
  }
  return numbers;
}

function machine(): string {
  const { model } = cpus()[0] ?? { model: 'unknown' };
  const memoryGb = (totalmem() / 2 ** 30).toFixed(0);
  const load = loadavg()[0]?.toFixed(1) ?? '?';
  return `${model}, ${String(cpus().length)} cores, ${memoryGb} GB, ${process.platform}; load before the report ${load}`;
}

const pairs = (record: Readonly<Record<string, string | number>>): string =>
  Object.entries(record)
    .map(([name, value]) => `${name} ${String(value)}`)
    .join(', ');

function cells(row: Measured, rows: readonly Measured[]): string[] {
  const figures = [0, 0.5, 1].map((q) => rounded(quantile(row.values, q)));
  const ratio =
    row.baseline === undefined
      ? ''
      : `${(median(row.values) / medianOf(rows, row.baseline)).toFixed(2)}x ${row.baseline}`;
  return [row.what, ...figures, row.unit, String(row.values.length), ratio];
}

function goalCells({ what, figure, atLeast, atMost, unit = '' }: Goal): string[] {
  const isReached = figure >= (atLeast ?? -Infinity) && figure <= (atMost ?? Infinity);
  const target = [
    ...(atLeast === undefined ? [] : [`>= ${String(atLeast)}`]),
    ...(atMost === undefined ? [] : [`<= ${String(atMost)}`]),
  ].join(' and ');
  return [
    what,
    `${rounded(figure)} ${unit}`.trim(),
    `${target} ${unit}`.trim(),
    isReached ? 'reached' : 'MISSED',
  ];
}

/** Three significant digits, and never less than whole numbers. */
function rounded(value: number): string {
  if (!Number.isFinite(value)) return '-';
  return Math.abs(value) >= 100 ? String(Math.round(value)) : value.toPrecision(3);
}

function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows)
    row.forEach((cell, column) => (widths[column] = Math.max(widths[column] ?? 0, cell.length)));
  return rows.map((row) =>
    row
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd(),
  );
}
