import { create as createDomain } from 'node:domain';
import { writeSync } from 'node:fs';
import { initializeTracing, traced } from '../../src/index.ts';
import { endAfterTenMinutes, quiet } from './quiet.ts';

class Job extends Promise<void> {}
const report = (error: unknown): void =>
  void writeSync(1, `${error instanceof Error ? error.message : 'unknown'}\n`);
const failed = (name: string): Promise<never> => Promise.reject(new Error(name));

/** Promises reject that nobody handles: first while traces are recorded, then while they are left out. Says which are reported. */
function run(when: string): void {
  const plain = traced('plain', () => failed(`plain, ${when}`));
  void plain();
  const within = traced('within', () => failed(`within a domain, ${when}`));
  createDomain()
    .on('error', report)
    .run(() => void within());
  void traced('job', () => Job.reject(new Error(`job, ${when}`)))();
}

process.on('unhandledRejection', report);
endAfterTenMinutes();
initializeTracing({ logger: quiet });
run('recorded');
await new Promise((resolve) => setImmediate(resolve));
initializeTracing({ logger: quiet, sampleRate: 0 });
run('left out');
