import { type ActiveSdk } from '../active-sdk.ts';
import { isoMicros } from '../clock.ts';
import { declaredGraph } from './declared-graph.ts';
import { type PregelLike } from './pregel-decoder.ts';
import { quietly } from '../quietly.ts';
import { nextTurn } from '../timers.ts';

/** Versions remembered as sent; a program that makes more graphs than that says some again. */
const MAX_REMEMBERED = 1000;

/** Sends what graphs declare, each version once, never while a run waits. */
export class GraphDeclarations {
  private readonly sdk: ActiveSdk;
  /** Identities of the traced graphs that were told of. */
  private readonly known = new WeakSet<object>();
  private pending: { graph: PregelLike; name: string }[] = [];
  private readonly sent = new Set<string>();

  constructor(sdk: ActiveSdk) {
    this.sdk = sdk;
  }

  /** Called with each run; the first one of a graph has it declared on a later tick. */
  declare(identity: object, graph: PregelLike, name: string): void {
    if (this.known.has(identity)) return;
    this.known.add(identity);
    this.pending.push({ graph, name });
    if (this.pending.length === 1) nextTurn(() => this.settle());
  }

  /** Sends what waits for its tick. */
  settle(): void {
    const { pending } = this;
    this.pending = [];
    for (const { graph, name } of pending) quietly(() => this.send(graph, name));
  }

  private send(graph: PregelLike, name: string): void {
    const { projectId } = this.sdk.options;
    const declared = declaredGraph(graph);
    if (declared === undefined || projectId === undefined) return;
    const key = `${name}\n${declared.version_hash}`;
    if (this.sent.has(key)) return;
    if (this.sent.size >= MAX_REMEMBERED) this.sent.clear();
    this.sent.add(key);
    this.sdk.recorder.record(projectId, 'graph', { name, timestamp: isoMicros(), ...declared });
  }
}
