import { writeSync } from 'node:fs';
import { flush, initializeTracing, traced } from '../../src/index.ts';
import { endAfterTenMinutes, quiet } from './quiet.ts';

/**
 * A serverless function: each line on standard input is an invocation, which traces ten runs, flushes, and answers
 * whether all was sent. Between two invocations it may be frozen.
 */
const RUNS = 10;
const run = traced('invocation', (number: number) => number);

endAfterTenMinutes();
initializeTracing({ logger: quiet });
process.stdin.on('data', () => {
  for (let number = 0; number < RUNS; number++) run(number);
  void flush(20_000).then((isSent) => writeSync(1, `${String(isSent)}\n`));
});
