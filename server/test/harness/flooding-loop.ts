import { initializeTracing, shutdown, traced } from 'swisper-studio';

/** An observed application that traces as much as it can: some megabytes a second. Settings: SWISPER_STUDIO_*. */
initializeTracing();
const PER_TURN = 10;
const EVERY_MS = 10;
const run = traced('flood', (text: string) => text.length);
const small = 'x'.repeat(100);
const large = 'x'.repeat(20_000);
let turns = 0;
const timer = setInterval(() => {
  turns += 1;
  for (let count = 0; count < PER_TURN; count += 1) run(turns < 20 ? small : large);
}, EVERY_MS);

process.once('SIGTERM', () => {
  clearInterval(timer);
  void shutdown(60_000).then(() => process.exit(0));
});
