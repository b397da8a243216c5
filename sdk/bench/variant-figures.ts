import { type VariantTarget } from './variants/variant.ts';

/** What one process is asked to do. */
export interface RunPlan extends VariantTarget {
  readonly variant: string;
  /** How long the innermost node of a trace takes. */
  readonly spanMs: number;
  readonly warmSeconds: number;
  readonly slowSeconds: number;
  readonly fastSeconds: number;
}

/** What it found. */
export interface VariantFigures {
  readonly heldMicrosP50: number;
  readonly heldMicrosP99: number;
  /** Of the whole process, so far without subtracting the loop itself. */
  readonly cpuMicrosPerSpan: number;
  readonly loopP99Ms: number;
  readonly spans: number;
  /** Reached while 5000 were asked for. */
  readonly spansPerSecond: number;
  readonly payloadBytes: number;
}

/** One run of a variant, judged from outside. */
export interface Outcome extends VariantFigures {
  /** Spans that ended but never came to the sink. */
  readonly lost: number;
}

const has = (value: unknown, keys: readonly string[], type: 'string' | 'number'): boolean =>
  typeof value === 'object' && value !== null && keys.every((key) => typeof Reflect.get(value, key) === type);

export const isRunPlan = (value: unknown): value is RunPlan =>
  has(value, ['variant', 'sinkUrl', 'redisUrl', 'streamName', 'projectId', 'apiKey'], 'string') &&
  has(value, ['spanMs', 'warmSeconds', 'slowSeconds', 'fastSeconds'], 'number');

export const isFigures = (value: unknown): value is VariantFigures =>
  has(value, ['cpuMicrosPerSpan', 'spans', 'spansPerSecond', 'payloadBytes'], 'number');
