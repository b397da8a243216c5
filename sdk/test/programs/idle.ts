import { writeSync } from 'node:fs';
import { initializeTracing } from '../../src/index.ts';
import { quiet } from './quiet.ts';

/**
 * Initialises, has nothing else to do, and says how many ms it was held, counted in turns of its own: time in which a loaded
 * machine did not let it run does not count.
 */
const TURN_MS = 10;
initializeTracing({ logger: quiet });
let turns = 0;
setInterval(() => void (turns += 1), TURN_MS).unref();
process.on('exit', () => writeSync(1, String(turns * TURN_MS)));
