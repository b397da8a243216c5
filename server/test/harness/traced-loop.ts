import { initializeTracing, shutdown, traced } from 'swisper-studio';

/** An observed application: opens a trace every 20 ms and prints how many runs it has done. Settings: SWISPER_STUDIO_*. */
initializeTracing({ verifyConnectivity: true });
const run = traced('loop_run', (count: number) => ({ count }));
let count = 0;
const timer = setInterval(() => {
  run(count++);
  process.stdout.write(`${count}\n`);
}, 20);

process.once('SIGTERM', () => {
  clearInterval(timer);
  void shutdown(60_000).then(() => process.exit(0));
});
