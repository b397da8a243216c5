/**
 * A sample agent: five LangGraph.js nodes, a scripted model and a tool, published through the SDK. Configured by
 * SWISPER_STUDIO_* variables only:
 *
 *   node sdk/examples/sample-agent.ts [--runs N] [--interval-ms M]
 *
 * Without --runs it goes on until it is told to stop (SIGTERM, SIGINT, or the end of the process that started it).
 */
import { fstatSync } from 'node:fs';
import { createTracedGraph, initializeTracing, shutdown } from 'swisper-studio';
import { sampleGraph } from './sample-graph.ts';

const REQUESTS = [
  {
    user_id: 'anna@example.com',
    session_id: 'chat-anna-1',
    text: 'What will the weather be in Zurich tomorrow?',
  },
  {
    user_id: 'external-swisper-user-12345',
    session_id: 'chat-12345-7',
    text: 'Book a table for two on Friday evening.',
  },
  { user_id: 'anna@example.com', session_id: 'chat-anna-1', text: 'And in Geneva?' },
  {
    user_id: '5b0f6a0e-7e0c-4d07-9f0c-0d1f9a4f2b11',
    session_id: 'chat-5b0f-2',
    text: 'Summarise my unread mail.',
  },
  { user_id: 'Zoë Müller', session_id: 'chat-zoe-3', text: 'Wie spät ist es in Tokio?' },
  { user_id: 'team/ops', session_id: 'chat-ops-9', text: 'Which of our services restarted last night?' },
] as const;

const stopped = new AbortController();

function numberAfter(flag: string, fallback: number): number {
  const index = process.argv.indexOf(flag);
  const value = index < 0 ? fallback : Number(process.argv[index + 1]);
  if (!(value >= 0)) throw new Error(`${flag} needs a number`);
  return value;
}

const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      resolve();
    };
    const timer = setTimeout(done, ms);
    stopped.signal.addEventListener('abort', done, { once: true });
  });

/** Stops on signals and when the parent goes away: its end of stdin, or its IPC channel, closes. */
function stopWithParent(): void {
  const stop = (): void => stopped.abort();
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
  process.once('disconnect', stop);
  // Only a pipe tells of a parent: a terminal has its signals, /dev/null ends at once.
  const stdin = fstatSync(0);
  if (stdin.isFIFO() || stdin.isSocket()) process.stdin.once('end', stop).once('error', stop).resume();
}

async function main(): Promise<void> {
  const runs = numberAfter('--runs', Number.POSITIVE_INFINITY);
  const intervalMs = numberAfter('--interval-ms', 3000);
  stopWithParent();
  initializeTracing();
  const agent = createTracedGraph(sampleGraph(), { traceName: 'global_supervisor' });
  for (let run = 1; run <= runs && !stopped.signal.aborted; run += 1) {
    const request = REQUESTS[(run - 1) % REQUESTS.length];
    if (request === undefined) break;
    const { text, ...who } = request;
    const outcome = await agent.invoke({ ...who, run, messages: [{ role: 'user', content: text }] }).then(
      ({ answer }) => `ok: ${String(answer)}`,
      (error: unknown) => `failed: ${error instanceof Error ? error.message : String(error)}`,
    );
    console.log(`run ${String(run)} ${outcome}`);
    if (run < runs) await pause(intervalMs);
  }
  await shutdown();
}

await main();
// Nothing of the parent's may keep a finished agent alive.
process.stdin.destroy();
if (process.connected) process.disconnect();
