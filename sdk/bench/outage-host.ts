/**
 * An application that is traced, started by `outage.ts`: works at a steady rate and says, per phase, how long its traces
 * were held up and how much memory it took.
 */
import { flush, initializeTracing, shutdown, traced, type TracingOptions } from 'swisper-studio';
import { quantile } from '../../server/bench/bench-table.ts';
import { runAtRate, SPANS_PER_TRACE, Workload } from './workload.ts';

const SAMPLE_MS = 50;
/** So that start and end of a node do not always meet in one flush. */
const SPAN_MS = 60;

interface Order {
  do: 'start' | 'work' | 'finish';
  options?: TracingOptions;
  spansPerSecond: number;
  seconds: number;
}

const isOrder = (message: unknown): message is Order =>
  typeof message === 'object' && message !== null && 'do' in message;

let strays = 0;
process.on('unhandledRejection', () => (strays += 1));
process.on('uncaughtException', () => (strays += 1));

const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };
const workload = new Workload((name, fn) => traced(name, fn), SPAN_MS);
let spans = 0;

async function work({ spansPerSecond, seconds }: Order): Promise<object> {
  workload.reset();
  let peakBytes = 0;
  const sample = (): void => void (peakBytes = Math.max(peakBytes, process.memoryUsage.rss()));
  const timer = setInterval(sample, SAMPLE_MS);
  spans += (await runAtRate(workload, { spansPerSecond, seconds })).spans;
  clearInterval(timer);
  sample();
  const p99Ms = (quantile(workload.heldMicros, 0.99) * SPANS_PER_TRACE) / 1000;
  return { p99Ms, peakMb: peakBytes / 2 ** 20 };
}

async function finish(order: Order): Promise<object> {
  const isEmpty = await flush(60_000);
  // One more, so that the last counters arrive too.
  const { spans: last } = await runAtRate(workload, { ...order, spansPerSecond: 50, seconds: 0.1 });
  spans += last;
  const isFlushed = isEmpty && (await flush(30_000));
  await shutdown(5000);
  return { isFlushed, spans, strays, failures: workload.failures };
}

async function obey(order: Order): Promise<object> {
  if (order.do === 'start') initializeTracing({ ...order.options, logger: quiet });
  return order.do === 'finish' ? finish(order) : work(order);
}

process.on('message', (message: unknown) => {
  if (isOrder(message)) void obey(message).then((figures) => process.send?.(figures));
});
process.once('disconnect', () => process.exit());
