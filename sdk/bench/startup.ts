/**
 * What the SDK takes of an application's start, beside others: loading the built package (as ES module and as CommonJS) and
 * the call of `initializeTracing`. Every load is in a fresh process, in turns.
 */
import { resolve } from 'node:path';
import { median, numbersFrom, printReport } from '../../server/bench/bench-table.ts';
import { runToEnd } from '../../server/tools/child-process.ts';
import { installedVersions } from './installed-versions.ts';

const SDK = resolve(import.meta.dirname, '..');
const GOALS = { loadMs: 60, initializeMs: 5 };

const ESM = 'swisper-studio, ES module';
const CJS = 'swisper-studio, CommonJS';
const LOADS: Readonly<Record<string, string>> = {
  [ESM]: `await import('${SDK}/dist/index.mjs')`,
  [CJS]: `process.getBuiltinModule('module').createRequire('${SDK}/')('${SDK}/dist/index.cjs')`,
  'OpenTelemetry, batch + OTLP': `await Promise.all([import('@opentelemetry/sdk-trace-base'), import('@opentelemetry/exporter-trace-otlp-http')])`,
  'Langfuse v5': `await Promise.all([import('@langfuse/tracing'), import('@langfuse/otel')])`,
  LangSmith: `await Promise.all([import('langsmith'), import('langsmith/traceable')])`,
};
const INITIALIZE = `const log = { info() {}, warn() {}, error() {} };
  loaded.initializeTracing?.({ projectId: '0d7aa606-cb29-4a31-8a59-50fa61151a32', apiUrl: 'http://127.0.0.1:9',
    apiKey: 'none', redisUrl: 'redis://127.0.0.1:9', logger: log });`;

interface Times {
  readonly loadMs: number;
  readonly initializeMs: number;
}

async function timesOf(load: string): Promise<Times> {
  const program = `const start = performance.now(); const loaded = ${load}; const loadedAt = performance.now();
    // Without it some calls would pay for collecting what loading left behind.
    gc(); const calledAt = performance.now();
    ${INITIALIZE}
    console.log(loadedAt - start, performance.now() - calledAt); process.exit();`;
  const { code, output } = await runToEnd(
    process.execPath,
    ['--expose-gc', '--input-type=module', '-e', program],
    {
      cwd: SDK,
    },
  );
  if (code !== 0) throw new Error(output);
  const [loadMs = Number.NaN, initializeMs = Number.NaN] = output.trim().split(' ').map(Number);
  return { loadMs, initializeMs };
}

async function main(): Promise<void> {
  const parameters = numbersFrom({ runs: 15 });
  const times = new Map<string, Times[]>(Object.keys(LOADS).map((what) => [what, []]));
  for (let run = 0; run < parameters.runs; run += 1)
    for (const [what, load] of Object.entries(LOADS)) times.get(what)?.push(await timesOf(load));
  const loadsOf = (what: string): number[] => (times.get(what) ?? []).map(({ loadMs }) => loadMs);
  const calls = [...(times.get(ESM) ?? []), ...(times.get(CJS) ?? [])].map((each) => each.initializeMs);
  const isOther = (what: string): boolean => what !== ESM;
  printReport({
    title: 'What the SDK takes of a start',
    versions: installedVersions(),
    parameters,
    rows: [
      ...Object.keys(LOADS).map((what) => ({
        what: `load ${what}`,
        unit: 'ms',
        values: loadsOf(what),
        ...(isOther(what) ? { baseline: `load ${ESM}` } : {}),
      })),
      { what: 'initializeTracing', unit: 'ms', values: calls },
    ],
    goals: [
      { what: 'load', figure: median(loadsOf(ESM)), atMost: GOALS.loadMs, unit: 'ms' },
      { what: 'initializeTracing', figure: median(calls), atMost: GOALS.initializeMs, unit: 'ms' },
    ],
  });
}

await main();
