import { initializeTracing } from '../../src/index.ts';
import { quiet } from './quiet.ts';

/** Initialises and has nothing else to do. */
initializeTracing({ logger: quiet });
