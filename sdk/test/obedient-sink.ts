import { BufferedEvent } from '../src/delivery/buffered-event.ts';
import { Delivery } from '../src/delivery/delivery.ts';
import {
  type Attempt,
  type EntryDraft,
  type EntrySink,
  type FailedAttempt,
} from '../src/delivery/entry-sink.ts';
import { type Batch, EventBuffer } from '../src/delivery/event-buffer.ts';

export const TAKEN: Attempt = { kind: 'taken' };
export const LOST: FailedAttempt = { kind: 'failed', mayHaveArrived: true };
export const NOT_NOW: FailedAttempt = { kind: 'failed', mayHaveArrived: false };
export const REFUSED: Attempt = { kind: 'refused', reason: 'refused' };

export const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Does with each attempt what it is told, in their order, and takes everything afterwards. */
export class ObedientSink implements EntrySink<string> {
  readonly entriesTogether: number;
  roomBytes = Infinity;
  /** Entries of each write: `<first number>+<events>#<how many attempts there were when it was encoded>`. */
  readonly writes: string[][] = [];
  /** Writes that are not answered yet, at most. */
  mostInFlight = 0;
  encoded = 0;
  isReady = true;
  isFull = false;
  wake: () => void = () => undefined;
  beforeWrite: () => void = () => undefined;
  onAnswer: (attempts: readonly Attempt[], wires: readonly string[]) => void = () => undefined;
  private readonly fates: Attempt[];
  private inFlight = 0;

  constructor(entriesTogether: number, ...fates: Attempt[]) {
    this.entriesTogether = entriesTogether;
    this.fates = fates;
  }

  get attempts(): string[] {
    return this.writes.flat();
  }

  /** Entries of each write, by their numbers only. */
  get numbers(): string[][] {
    return this.writes.map((write) => write.map((wire) => wire.split('#')[0] ?? ''));
  }

  start(wake: () => void): void {
    this.wake = wake;
  }

  prepare(): Promise<void> {
    return Promise.resolve();
  }

  startEntry(): EntryDraft<string> {
    return { body: undefined, finish: (batch) => this.encode(batch) };
  }

  encode({ seq, n }: Batch): string {
    this.encoded += 1;
    return `${String(seq)}+${String(n)}#${String(this.attempts.length)}`;
  }

  async send(wires: readonly string[]): Promise<Attempt[]> {
    this.beforeWrite();
    this.inFlight += 1;
    this.mostInFlight = Math.max(this.mostInFlight, this.inFlight);
    this.writes.push([...wires]);
    await nextTurn();
    this.inFlight -= 1;
    const attempts = wires.map(() => this.fates.shift() ?? TAKEN);
    this.onAnswer(attempts, wires);
    return attempts;
  }

  close(): void {
    this.isReady = false;
  }
}

/** A delivery to it, and how events get there. */
export function deliveryTo(sink: ObedientSink, { maxBytes = 16e6 } = {}) {
  const buffer = new EventBuffer({ maxBytes, maxEventBytes: 1e6, instanceId: 'i' });
  const delivery = new Delivery(sink, buffer, () => 0);
  delivery.start();
  let recorded = 0;
  const record = (events: number, { bytes = 60, projectId = 'p' } = {}): void => {
    for (let i = 0; i < events; i += 1) {
      const header = { event_type: 'trace_start' as const, trace_id: String(recorded) };
      recorded += 1;
      buffer.add(new BufferedEvent(projectId, header, bytes));
      delivery.notify();
    }
  };
  return { buffer, delivery, record };
}
