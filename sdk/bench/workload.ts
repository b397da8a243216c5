import { setTimeout as sleep } from 'node:timers/promises';

/** What a node gets and returns: an agent's state of about 1 KB. */
export interface NodeState {
  readonly call: number;
  readonly [key: string]: unknown;
}

export type NodeFunction = (state: NodeState) => Promise<NodeState>;

/** Observes a function, the way the library's documentation says. */
export type Wrap = (name: string, fn: NodeFunction) => NodeFunction;

export const SPANS_PER_TRACE = 5;
const NODE_NAMES = ['supervisor', 'classify_intent', 'retrieve_context', 'call_model', 'format_answer'];
const POOL = 64;

const SYSTEM = `You are the support agent of a university. Answer in the language of the question, say which
article an answer comes from, and ask back where the question can be understood in two ways. Never ask for a password, and never repeat
one. Where no article fits, say so and hand the conversation over to a person: the desk is open from 8 to 18, and
questions that come in later are answered on the next working day.`;

/**
 * 1 KB of JSON, as the state of a chat is: a few small fields and three messages, which are most of it. In one state of
 * four a character beyond Latin-1 makes the engine store and write the text differently.
 */
function stateOf(seed: number): Omit<NodeState, 'call'> {
  const arrow = seed % 4 === 0 ? '\u2192' : '>';
  const path = ['Admin centre', 'Groups', 'Shared mailboxes', 'Reset password'].join(` ${arrow} `);
  const answer = `Open ${path}. You have to be an owner of the mailbox; if you are not, its owner is named there.\n`;
  return {
    user_id: `user-${String(seed * 7919)}`,
    chat_id: `chat-${String(seed * 104_729)}`,
    intent: seed % 2 === 0 ? 'question' : 'task',
    confidence: 0.75,
    retries: seed % 3,
    messages: [
      { role: 'system', content: SYSTEM },
      { role: 'user', content: `Question ${String(seed)}: how do I reset the password of a shared mailbox?` },
      { role: 'assistant', content: answer.repeat(2) },
    ],
    documents: [`article-${String(seed)}`, `article-${String(seed + 1)}`],
  };
}

/**
 * Runs traces of five nested nodes, of which the innermost takes `spanMs`, and keeps how long each trace was held up
 * beyond that.
 */
export class Workload {
  private readonly inputs = Array.from({ length: POOL }, (_, i) => stateOf(i));
  private readonly outputs = Array.from({ length: POOL }, (_, i) => stateOf(1000 + i));
  private readonly nodes: NodeFunction[] = [];
  private readonly waitedMs = new Map<number, number>();
  private readonly spanMs: number;
  private calls = 0;
  /** µs per span, one value per trace since `reset`. */
  heldMicros: number[] = [];
  failures = 0;
  running = 0;

  constructor(wrap: Wrap, spanMs: number) {
    this.spanMs = spanMs;
    for (const [depth, name] of NODE_NAMES.entries())
      this.nodes.push(wrap(name, (state) => this.body(state, depth)));
  }

  get bytesPerPayload(): number {
    return Buffer.byteLength(JSON.stringify({ call: 1000, ...this.inputs[0] }));
  }

  reset(): void {
    this.heldMicros = [];
  }

  async runTrace(): Promise<void> {
    const call = (this.calls += 1);
    const input = { call, ...this.inputs[call % POOL] };
    this.running += 1;
    const startedAt = performance.now();
    try {
      await this.nodes[0]?.(input);
      const heldMs = performance.now() - startedAt - (this.waitedMs.get(call) ?? 0);
      this.heldMicros.push((heldMs * 1000) / SPANS_PER_TRACE);
    } catch {
      this.failures += 1;
    }
    this.waitedMs.delete(call);
    this.running -= 1;
  }

  private async body(state: NodeState, depth: number): Promise<NodeState> {
    const next = this.nodes[depth + 1];
    const output = { call: state.call, ...this.outputs[(state.call + depth) % POOL] };
    if (next !== undefined) await next({ ...state, call: state.call });
    else await this.wait(state.call);
    return output;
  }

  private async wait(call: number): Promise<void> {
    if (this.spanMs === 0) return;
    const from = performance.now();
    await sleep(this.spanMs);
    this.waitedMs.set(call, performance.now() - from);
  }
}

/**
 * Starts traces at the rate for the time, late ones as soon as possible; waits until all have ended.
 * @returns spans run, and how long it took
 */
export async function runAtRate(
  workload: Workload,
  { spansPerSecond, seconds }: { spansPerSecond: number; seconds: number },
): Promise<{ spans: number; tookMs: number }> {
  const startedAt = performance.now();
  const tracesPerMs = spansPerSecond / SPANS_PER_TRACE / 1000;
  const total = Math.round(seconds * 1000 * tracesPerMs);
  // What saturates its process gets twice the time, not for ever.
  const deadline = startedAt + seconds * 2000;
  let started = 0;
  while (started < total && performance.now() < deadline) {
    const due = Math.min(total, Math.floor((performance.now() - startedAt) * tracesPerMs));
    // Each on its own, as requests come: otherwise late ones would count as each other's time.
    for (; started < due; started += 1) setImmediate(() => void workload.runTrace());
    await sleep(1);
  }
  while (workload.running > 0) await sleep(5);
  return { spans: started * SPANS_PER_TRACE, tookMs: performance.now() - startedAt };
}
