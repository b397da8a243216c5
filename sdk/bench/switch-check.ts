import { cpus } from 'node:os';
import { initializeTracing, shutdown, traced } from '../src/index.ts';
import { sdkState } from '../src/sdk-state.ts';

/**
 * What the question "may a trace start?" costs: by itself, and as a traced function that is switched off pays for it, over
 * the bare call. `node sdk/bench/switch-check.ts [runs]`, default 9 of a million checks each.
 */
const RUNS = Number(process.argv[2] ?? 9);
const CHECKS = 1_000_000;
const TARGET_NS = 1000;

let sum = 0;
const add = (value: number): number => (sum += value);

function nsPer(body: () => void): number {
  const start = process.hrtime.bigint();
  body();
  return Number(process.hrtime.bigint() - start) / CHECKS;
}

function times(call: (value: number) => unknown): () => void {
  return () => {
    for (let at = 0; at < CHECKS; at++) call(at & 1);
  };
}

const { info, warn, error } = console;
const logger = { info: () => undefined, warn: warn.bind(console), error: error.bind(console) };
initializeTracing({
  projectId: '0d7aa606-cb29-4a31-8a59-50fa61151a32',
  redisUrl: process.env['REDIS_URL'] ?? 'redis://127.0.0.1:9',
  heartbeatIntervalSeconds: 0,
  logger: { ...logger, warn: () => undefined },
});
const active = sdkState().active;
active?.tracingSwitch.applyAnswer({ config_version: 1, tracing_enabled: false });

const cases: readonly (readonly [name: string, body: () => void])[] = [
  ['bare call', times(add)],
  ['check by itself', times(() => add(active?.isTracing === true ? 1 : 0))],
  ['traced call while off', times(traced('off', add))],
];
const figures = cases.map(([name, body]) => {
  body();
  const ns = Array.from({ length: RUNS }, () => nsPer(body)).sort((a, b) => a - b);
  const [min, median, max] = [ns[0], ns[Math.floor(ns.length / 2)], ns.at(-1)].map((value) =>
    (value ?? 0).toFixed(1),
  );
  return {
    what: name,
    'ns, min': min,
    median,
    max,
    target: name === 'bare call' ? '' : `< ${String(TARGET_NS)}`,
  };
});
await shutdown(100);
info(
  `Node ${process.version}, ${String(cpus().length)} × ${cpus()[0]?.model ?? ''}; ${String(RUNS)} runs of ${String(CHECKS)} (${String(sum % 2)})`,
);
console.table(figures);
