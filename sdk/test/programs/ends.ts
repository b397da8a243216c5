import { writeSync } from 'node:fs';
import { flush, initializeTracing, shutdown, traced } from '../../src/index.ts';
import { endAfterTenMinutes, quiet } from './quiet.ts';

/** Traces a thousand runs, or as many as its third argument says, and ends in the way that its first names. */
const way = process.argv[2] ?? '';
const RUNS = Number(process.argv[4] ?? 1000);

const stay = (): void => void setInterval(() => undefined, 1000);
const say = (line: string): void => void writeSync(1, `${line}\n`);

function record(): void {
  const run = traced('run', (number: number) => number);
  for (let number = 0; number < RUNS; number++) run(number);
  say('recorded');
}

/** As signal-exit does: ends the process where nobody else listens. */
function endUnlessOthersListen(signal: NodeJS.Signals): void {
  const listener = (): void => {
    if (process.listeners(signal).length > 1) return;
    process.off(signal, listener);
    process.kill(process.pid, signal);
  };
  process.on(signal, listener);
}

const ways: { readonly [way: string]: () => void } = {
  'by itself': () => void (process.exitCode = 3),
  'by a signal': stay,
  'by a signal that it handles': () => {
    process.on('SIGTERM', () => void shutdown(60_000).then(() => process.exit(7)));
    stay();
  },
  'by a signal that it handles later': () => {
    const timer = setInterval(() => undefined, 1000);
    process.once('SIGTERM', () => setTimeout(() => clearInterval(timer), 300));
  },
  'by a signal that a polite library handles': () => {
    endUnlessOthersListen('SIGTERM');
    stay();
  },
  'by process.exit after a shutdown': () => void shutdown(60_000).then(() => process.exit(5)),
  'by process.exit': () => process.exit(4),
  'by an exception': () => {
    throw new Error('nobody caught it');
  },
  'by a rejection': () => void Promise.reject(new Error('nobody handled it')),
};

endAfterTenMinutes();
initializeTracing({ logger: quiet });
if (process.argv[3] === 'connected') {
  traced('first', () => 1)();
  await flush(60_000);
}
record();
// Recorded in the same tick, as in a program that fails half-way.
ways[way]?.();
