import { once } from 'node:events';
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

/** Records its beginning only, until it is told to end. */
function startLongWork(): void {
  if (emitted > 1) return;
  void traced('long work', async () => {
    await once(process.stdin, 'data');
    process.stdin.destroy();
  })();
}

const listeners: { readonly [way: string]: () => void } = {
  'starts the next batch': startBatch,
  'starts long work': startLongWork,
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
