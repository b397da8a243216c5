/**
 * What tracing costs the application that is traced, held against what others cost it: the same spans, one run, every
 * variant in a process of its own, in turns.
 */
import { spawn } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { createApiKey } from 'swisper-studio/contract';
import { numbersFrom, printReport } from '../../server/bench/bench-table.ts';
import { costMarkdown, goalsOf, rowsOf, VARIANTS, type VariantRuns } from './cost-table.ts';
import { installedVersions, PEERS } from './installed-versions.ts';
import { type Sinks, startSinks } from './sinks.ts';
import { isFigures, type Outcome, type RunPlan, type VariantFigures } from './variant-figures.ts';
import { SPANS_PER_TRACE } from './workload.ts';

/**
 * Milliseconds a trace takes, seconds of each phase, `--runs`. Until the engine has compiled what runs once per batch, every
 * library costs more, which is no part of what it costs a process that runs for days. The defaults take about twenty-five minutes.
 */
const PARAMETERS = { spanMs: 120, warm: 15, slow: 1.5, fast: 4, runs: 5 };
const QUICK = { ...PARAMETERS, warm: 0.8, slow: 0.8, fast: 0.8, runs: 5 };

async function main(): Promise<void> {
  const isQuick = process.argv.includes('--quick');
  process.argv = process.argv.filter((argument) => argument !== '--quick');
  const parameters = numbersFrom(isQuick ? QUICK : PARAMETERS);
  const sinks = await startSinks();
  try {
    await bench(sinks, parameters);
  } finally {
    await sinks.stop();
  }
}

async function bench(sinks: Sinks, parameters: typeof PARAMETERS): Promise<void> {
  const runs: VariantRuns = new Map(VARIANTS.map(({ what }) => [what, []]));
  for (let run = 0; run < parameters.runs; run += 1) {
    // Every variant is first, and last, as often as the others.
    const turn = VARIANTS.map((_, i) => VARIANTS[(i + run) % VARIANTS.length]);
    for (const variant of turn) {
      if (variant === undefined) continue;
      const { what, starter, isBrief } = variant;
      const spanMs = isBrief === true ? 0 : parameters.spanMs;
      runs.get(what)?.push(await runOnce(sinks, { ...parameters, variant: starter, spanMs }));
      process.stderr.write('.');
    }
  }
  process.stderr.write('\n');
  const payloadBytes = runs.get('untraced')?.[0]?.payloadBytes ?? 0;
  const report = {
    title: 'What tracing costs the application',
    versions: { ...installedVersions(...PEERS), Redis: sinks.redisVersion },
    parameters: { ...parameters, spansPerTrace: SPANS_PER_TRACE, payloadBytes },
    rows: rowsOf(runs),
    goals: goalsOf(runs),
  };
  printReport(report);
  process.stdout.write(`\n${costMarkdown(runs)}\n`);
}

async function runOnce(
  sinks: Sinks,
  { variant, spanMs, warm, slow, fast }: typeof PARAMETERS & { variant: string },
): Promise<Outcome> {
  const { apiKey } = createApiKey(randomBytes);
  const { sinkUrl, redisUrl } = sinks;
  const streamName = `bench:${randomUUID()}`;
  const target = { sinkUrl, redisUrl, streamName, apiKey, projectId: randomUUID() };
  const durations = { warmSeconds: warm, slowSeconds: slow, fastSeconds: fast };
  const figures = await inOwnProcess({ ...target, ...durations, variant, spanMs });
  const arrived = (await sinks.countHttp()) + (await sinks.countStream(streamName, apiKey));
  const sendsNothing = variant === 'untraced' || variant === 'stringify';
  return { ...figures, lost: sendsNothing ? 0 : figures.spans - arrived };
}

async function inOwnProcess(plan: RunPlan): Promise<VariantFigures> {
  const script = new URL('./variant-run.ts', import.meta.url).pathname;
  const child = spawn(process.execPath, [script, JSON.stringify(plan)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  for await (const piece of child.stdout.setEncoding('utf8')) output += String(piece);
  const figures: unknown = JSON.parse(output.trim().split('\n').at(-1) ?? '');
  if (!isFigures(figures)) throw new Error(`${plan.variant} found nothing: ${output}`);
  return figures;
}

await main();
