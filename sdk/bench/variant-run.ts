/**
 * One variant in a process of its own, started by `peers.ts`: runs the workload at both rates and prints what it cost.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { isRunPlan, type VariantFigures } from './variant-figures.ts';
import { startStringify, startUntraced } from './variants/baseline.ts';
import { type StartVariant } from './variants/variant.ts';
import { runAtRate, SPANS_PER_TRACE, Workload } from './workload.ts';

const SLOW = 1000;
const FAST = 5000;

/** Loaded one by one, so that no variant pays for the modules of another. */
const starters: Record<string, () => Promise<StartVariant>> = {
  untraced: () => Promise.resolve(startUntraced),
  stringify: () => Promise.resolve(startStringify),
  opentelemetry: async () => (await import('./variants/opentelemetry.ts')).startOpenTelemetry,
  langfuse: async () => (await import('./variants/langfuse.ts')).startLangfuse,
  langsmith: async () => (await import('./variants/langsmith.ts')).startLangSmith,
  redis: async () => (await import('./variants/swisper.ts')).startOverRedis,
  http: async () => (await import('./variants/swisper.ts')).startOverHttp,
};

const cpuMicros = (): number => {
  const { user, system } = process.cpuUsage();
  return user + system;
};

const quantile = (values: readonly number[], q: number): number =>
  [...values].sort((a, b) => a - b)[Math.floor(q * values.length)] ?? Number.NaN;

async function run(): Promise<VariantFigures> {
  const plan: unknown = JSON.parse(process.argv[2] ?? '');
  if (!isRunPlan(plan)) throw new Error('the run has no plan');
  const start = await starters[plan.variant]?.();
  if (start === undefined) throw new Error(`no variant ${plan.variant}`);
  const variant = await start(plan);
  const workload = new Workload(variant.wrap, plan.spanMs);
  const warm = await runAtRate(workload, { spansPerSecond: FAST, seconds: plan.warmSeconds });
  workload.reset();
  const slow = await runAtRate(workload, { spansPerSecond: SLOW, seconds: plan.slowSeconds });
  const held = workload.heldMicros;
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const cpuBefore = cpuMicros();
  const fast = await runAtRate(workload, { spansPerSecond: FAST, seconds: plan.fastSeconds });
  delay.disable();
  // What was put off is paid for too.
  await variant.close();
  return {
    heldMicrosP50: quantile(held, 0.5),
    heldMicrosP99: quantile(held, 0.99),
    cpuMicrosPerSpan: (cpuMicros() - cpuBefore) / fast.spans,
    loopP99Ms: delay.percentile(99) / 1e6,
    spans: warm.spans + slow.spans + fast.spans - workload.failures * SPANS_PER_TRACE,
    spansPerSecond: (fast.spans * 1000) / (fast.tookMs - plan.spanMs),
    payloadBytes: workload.bytesPerPayload,
  };
}

const figures = await run();
process.stdout.write(`\n${JSON.stringify(figures)}\n`, () => process.exit());
