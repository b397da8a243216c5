import { writeSync } from 'node:fs';
import { initializeTracing, traced } from '../../src/index.ts';
import { endAfterTenMinutes, quiet } from './quiet.ts';

/** Does at `beforeExit` what its argument names, and says how often that was. */
const BATCHES = 3;
const MANY = 50;
let emitted = 0;
let batch = 0;

const run = (name: string): void => void traced(name, () => 1)();

function startBatch(): void {
  if (batch === BATCHES) return;
  batch += 1;
  const name = `batch ${String(batch)}`;
  setTimeout(() => {
    run(name);
    setTimeout(() => run(`${name} ends`), 200);
  }, 20);
}

const listeners: { readonly [way: string]: () => void } = {
  'starts the next batch': startBatch,
  'records a last word': () => run('last word'),
  'records many last words': () => {
    for (let word = 0; word < MANY; word++) run('last word');
  },
  'does nothing': () => undefined,
};

const way = process.argv[2] ?? '';
endAfterTenMinutes();
process.on('beforeExit', () => {
  emitted += 1;
  listeners[way]?.();
});
process.on('exit', () => writeSync(1, `${String(emitted)}\n`));
initializeTracing({ logger: quiet });
if (way !== 'does nothing') run('first');
