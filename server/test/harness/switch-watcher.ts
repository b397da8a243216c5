import { getCurrentTraceId, initializeTracing, traced } from 'swisper-studio';

/** An observed application that tries to start a trace every 5 ms and says when that turns: `on <ms since 1970>`, `off <…>`. */
initializeTracing();
const isTraced = traced('attempt', () => getCurrentTraceId() !== undefined);
let last = '';
setInterval(() => {
  const now = isTraced() ? 'on' : 'off';
  if (now !== last) process.stdout.write(`${now} ${Date.now()}\n`);
  last = now;
}, 5);
