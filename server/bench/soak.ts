import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { type BenchStudio, startStudio } from './bench-studio.ts';
import { type BenchServices, withServices } from './bench-services.ts';
import { type Measured, median, numbersFrom, printReport, quantile } from './bench-table.ts';
import { EVENTS_PER_ENTRY } from './sample-events.ts';

/**
 * `--rate` events a second for `--minutes`, after `--warmup` minutes in which caches and the compiler settle. While
 * more than `--backlog` entries wait, the producer waits as well: what is looked for is memory, not speed.
 */
const PARAMETERS = { rate: 3_000, minutes: 10, warmup: 1, backlog: 50 };
const SAMPLE_MS = 1_000;
const MINUTE_MS = 60_000;
const MB = 1_048_576;

const parameters = numbersFrom(PARAMETERS);

/** Resident memory of a process, MB. */
function residentMb(pid: number): number {
  const status = readFileSync(`/proc/${String(pid)}/status`, 'utf8');
  return (Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1_024) / MB;
}

/** Sends at an even pace until it is over. @returns how many events */
async function produce(studio: BenchStudio, untilMs: number): Promise<number> {
  const everyMs = (1_000 * EVENTS_PER_ENTRY) / parameters.rate;
  let events = 0;
  for (let dueMs = performance.now(); dueMs < untilMs; dueMs += everyMs) {
    await sleep(Math.max(0, dueMs - performance.now()));
    while ((await studio.redis.xlen(studio.server.streamName)) > parameters.backlog) await sleep(everyMs);
    await studio.publish(EVENTS_PER_ENTRY);
    events += EVENTS_PER_ENTRY;
  }
  return events;
}

/** Samples of each minute. */
async function watchMemory(pid: number, untilMs: number): Promise<number[][]> {
  const minutes: number[][] = [];
  for (let minute: number[] = [], endMs = performance.now() + MINUTE_MS; performance.now() < untilMs;) {
    minute.push(residentMb(pid));
    await sleep(SAMPLE_MS);
    if (performance.now() < endMs) continue;
    minutes.push(minute);
    minute = [];
    endMs += MINUTE_MS;
  }
  return minutes;
}

/** Growth per minute by the line through the medians that has the least squares, MB. */
function slopeOf(values: readonly number[]): number {
  const middle = (values.length - 1) / 2;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const rise = values.reduce((sum, value, at) => sum + (at - middle) * (value - mean), 0);
  const run = values.reduce((sum, _, at) => sum + (at - middle) ** 2, 0);
  return rise / run;
}

async function bench(services: BenchServices): Promise<void> {
  const studio = await startStudio(services, await services.createDatabase());
  try {
    await produce(studio, performance.now() + parameters.warmup * MINUTE_MS);
    // A little more, so that the last minute is a whole one.
    const untilMs = performance.now() + parameters.minutes * MINUTE_MS + 2 * SAMPLE_MS;
    const [events, minutes] = await Promise.all([
      produce(studio, untilMs),
      watchMemory(studio.server.process.pid ?? 0, untilMs),
    ]);
    report(services, events, minutes);
  } finally {
    await studio.stop();
  }
}

function report(services: BenchServices, events: number, minutes: readonly number[][]): void {
  const medians = minutes.map(median);
  const rows: Measured[] = minutes.map((values, at) => ({
    what: `resident, minute ${String(at + 1)}`,
    unit: 'MB',
    values,
  }));
  const half = Math.floor(medians.length / 2);
  const [first, second] = [medians.slice(0, half), medians.slice(-half)];
  printReport({
    title: 'Memory of the server while it stores without a pause',
    versions: services.versions,
    parameters: { ...parameters, events },
    rows,
    goals: [
      { what: 'second half against first', figure: median(second) / median(first), atMost: 1.05, unit: 'x' },
      { what: 'growth', figure: (slopeOf(medians) / median(medians)) * 100, atMost: 1, unit: '% a minute' },
      { what: 'largest', figure: quantile(minutes.flat(), 1), atMost: 512, unit: 'MB' },
    ],
  });
}

await withServices(bench);
