/** One line of the report: what was measured, beside what it should be. */
export interface Figure {
  readonly name: string;
  readonly value: string;
  readonly target: string;
  /** null: it has no target. */
  readonly isMet: boolean | null;
  /** A safety property: the run fails when it does not hold. The others are measurements of this machine. */
  readonly isSafety: boolean;
}

/** Something that must hold wherever the run takes place. */
export function mustBe(
  name: string,
  value: number | string | boolean,
  target: number | string | boolean,
): Figure {
  return { name, value: String(value), target: String(target), isMet: value === target, isSafety: true };
}

export function mustHold(name: string, value: string, target: string, isMet: boolean): Figure {
  return { name, value, target, isMet, isSafety: true };
}

/** A time in ms that should be below its target; other load on the machine may be why it is not. */
export function shouldStayBelow(name: string, ms: number, targetMs: number): Figure {
  const seconds = (value: number): string => `${(value / 1000).toFixed(2)} s`;
  return {
    name,
    value: seconds(ms),
    target: `< ${seconds(targetMs)}`,
    isMet: ms < targetMs,
    isSafety: false,
  };
}

/** For the reader; no target. */
export function fact(name: string, value: number | string): Figure {
  const text = typeof value === 'number' ? Math.round(value).toLocaleString('en-US') : value;
  return { name, value: text, target: '', isMet: null, isSafety: false };
}

/** The report as text, one scenario after the other. */
export function figureTable(title: string, figures: readonly Figure[]): string {
  const rows = figures.map((figure) => [verdict(figure), figure.name, figure.value, figure.target]);
  const heads = ['', title, 'measured', 'target'];
  const widths = heads.map((head, at) => Math.max(head.length, ...rows.map((row) => row[at]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join('  ')
      .trimEnd();
  return [line(heads), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n');
}

/** What a machine is too slow for is no failure. */
function verdict({ isMet, isSafety }: Figure): string {
  if (isMet === null) return '';
  if (isMet) return 'ok';
  return isSafety ? 'FAILED' : 'missed';
}

/** The value below which `share` of the values are, e.g. 0.99; 0 for none. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? 0;
}
