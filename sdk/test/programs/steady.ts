import { writeSync } from 'node:fs';
import { initializeTracing, traced } from '../../src/index.ts';
import { endAfterTenMinutes, quiet } from './quiet.ts';

/** Traces at a steady rate and says at once what it has recorded: `<number> <ms since 1970>`. Arguments: every ms, runs each time. */
const [everyMs = 2, runs = 1] = process.argv.slice(2).map(Number);

endAfterTenMinutes();
initializeTracing({ logger: quiet });
let count = 0;
setInterval(() => {
  let lines = '';
  for (let run = 0; run < runs; run++) {
    count += 1;
    traced(`run ${String(count)}`, () => count)();
    lines += `${String(count)} ${String(Date.now())}\n`;
  }
  writeSync(1, lines);
}, everyMs);
