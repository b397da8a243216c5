import { type Goal, type Measured, median } from '../../server/bench/bench-table.ts';
import { type Outcome } from './variant-figures.ts';

export interface VariantOfRun {
  readonly what: string;
  /** Its name in `variant-run.ts`. */
  readonly starter: string;
  /** Its spans take no time: start and end meet in one flush, which agents' nodes hardly ever do. */
  readonly isBrief?: boolean;
}

const UNTRACED = 'untraced';
const FLOOR = 'JSON.stringify twice (floor)';
const OTEL = 'OpenTelemetry, batch + OTLP';
const LANGFUSE = 'Langfuse v5';
const OURS = 'swisper-studio, Redis';

export const VARIANTS: readonly VariantOfRun[] = [
  { what: UNTRACED, starter: 'untraced' },
  { what: FLOOR, starter: 'stringify' },
  { what: OTEL, starter: 'opentelemetry' },
  { what: LANGFUSE, starter: 'langfuse' },
  { what: 'LangSmith', starter: 'langsmith' },
  { what: OURS, starter: 'redis' },
  { what: 'swisper-studio, HTTP', starter: 'http' },
  { what: 'swisper-studio, Redis, spans of 0 ms', starter: 'redis', isBrief: true },
];

/** Outcomes of every variant by its name, one per run. */
export type VariantRuns = ReadonlyMap<string, Outcome[]>;

interface Figure {
  readonly name: string;
  readonly unit: string;
  readonly of: (outcome: Outcome, untraced: Outcome) => number;
}

const HELD: Figure = { name: 'held p50 @1k/s', unit: 'µs/span', of: ({ heldMicrosP50 }) => heldMicrosP50 };
const CPU: Figure = {
  name: 'CPU net @5k/s',
  unit: 'µs/span',
  of: ({ cpuMicrosPerSpan }, untraced) => cpuMicrosPerSpan - untraced.cpuMicrosPerSpan,
};
const LOOP: Figure = { name: 'event loop p99 @5k/s', unit: 'ms', of: ({ loopP99Ms }) => loopP99Ms };
const RATE: Figure = { name: 'reached', unit: 'spans/s', of: ({ spansPerSecond }) => spansPerSecond };
const LOST: Figure = { name: 'lost', unit: 'spans', of: ({ lost }) => lost };
const FIGURES = [HELD, CPU, LOOP, RATE, LOST];

/** One value per run; each is compared only with what ran beside it. */
function valuesOf(runs: VariantRuns, what: string, { of }: Figure): number[] {
  const untraced = runs.get(UNTRACED) ?? [];
  return (runs.get(what) ?? []).flatMap((outcome, i) => {
    const beside = untraced[i];
    return beside === undefined ? [] : [of(outcome, beside)];
  });
}

export const rowsOf = (runs: VariantRuns): Measured[] =>
  FIGURES.flatMap((figure) =>
    VARIANTS.map(({ what }) => ({
      what: `${figure.name}: ${what}`,
      unit: figure.unit,
      values: valuesOf(runs, what, figure),
    })),
  );

/** Median over the runs of the ratio within each. */
function ratio(runs: VariantRuns, figure: Figure, peer: string): number {
  const theirs = valuesOf(runs, peer, figure);
  return median(valuesOf(runs, OURS, figure).map((ours, i) => ours / (theirs[i] ?? Number.NaN)));
}

export const goalsOf = (runs: VariantRuns): Goal[] => [
  { what: 'held p50, of Langfuse v5', figure: ratio(runs, HELD, LANGFUSE), atMost: 0.4, unit: 'x' },
  { what: 'held p50, of OpenTelemetry', figure: ratio(runs, HELD, OTEL), atMost: 0.8, unit: 'x' },
  { what: 'CPU net, of Langfuse v5', figure: ratio(runs, CPU, LANGFUSE), atMost: 0.5, unit: 'x' },
  { what: 'CPU net, of OpenTelemetry', figure: ratio(runs, CPU, OTEL), atMost: 0.8, unit: 'x' },
  { what: 'event loop p99, of Langfuse v5', figure: ratio(runs, LOOP, LANGFUSE), atMost: 0.35, unit: 'x' },
  {
    what: 'spans lost by swisper-studio',
    figure: sum(
      VARIANTS.filter(({ what }) => what.startsWith('swisper')).map(({ what }) => what),
      runs,
    ),
    atMost: 0,
  },
];

const sum = (names: readonly string[], runs: VariantRuns): number =>
  names.flatMap((what) => runs.get(what) ?? []).reduce((total, { lost }) => total + lost, 0);

/** The medians as a table for the README. */
export function costMarkdown(runs: VariantRuns): string {
  const cell = (what: string, figure: Figure): string => {
    const value = median(valuesOf(runs, what, figure));
    return Math.abs(value) >= 100 || figure === LOST ? String(Math.round(value)) : value.toPrecision(3);
  };
  const lines = [
    ['', ...FIGURES.map(({ name, unit }) => `${name}, ${unit}`)],
    ['---', ...FIGURES.map(() => '---:')],
    ...VARIANTS.map(({ what }) => [what, ...FIGURES.map((figure) => cell(what, figure))]),
  ];
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
