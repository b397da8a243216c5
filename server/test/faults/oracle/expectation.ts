import { readAcknowledgements } from './acknowledgements.ts';
import {
  EVENTS_PER_TRACE,
  isRefused,
  OBSERVATIONS_PER_TRACE,
  placeOf,
  type ProductionPlan,
} from './planned-events.ts';

/** What a producer was promised: one per producer, built from nothing but its file of acknowledgements. */
export class Expectation {
  readonly plan: ProductionPlan;
  readonly instanceId: string;
  /** Events that were acknowledged. */
  readonly events: number;
  private readonly promised: Uint8Array;

  constructor(plan: ProductionPlan, instanceId: string, acknowledgedFile: string) {
    this.plan = plan;
    this.instanceId = instanceId;
    this.promised = new Uint8Array(plan.events + 1);
    for (const { firstSeq, events } of readAcknowledgements(acknowledgedFile)) {
      this.promised.fill(1, firstSeq, firstSeq + events);
    }
    this.events = this.promised.reduce((sum, is) => sum + is, 0);
  }

  readonly isPromised = (seq: number): boolean => this.promised[seq] === 1;

  /** Highest number promised; 0 for none. */
  get highest(): number {
    return this.promised.lastIndexOf(1);
  }

  get traces(): number {
    return Math.ceil(this.plan.events / EVENTS_PER_TRACE);
  }

  /** Whether all events of the trace were promised, so that its row is fully known. */
  isWhole(trace: number): boolean {
    const first = trace * EVENTS_PER_TRACE + 1;
    for (let seq = first; seq < first + EVENTS_PER_TRACE; seq++) if (!this.isPromised(seq)) return false;
    return true;
  }

  /** Observations a trace is to have; 0 is the trace's own row. A refused event makes none. */
  expectedRows(trace: number): ReadonlySet<number> {
    const rows = new Set<number>();
    const first = trace * EVENTS_PER_TRACE + 1;
    for (let seq = first; seq < first + EVENTS_PER_TRACE; seq++) {
      if (!this.isPromised(seq) || isRefused(seq)) continue;
      rows.add(0);
      rows.add(placeOf(seq).observation);
    }
    return rows;
  }

  /** Observations of a whole trace. */
  expectedObservations(trace: number): number {
    const first = trace * EVENTS_PER_TRACE + 1;
    const refused = Array.from({ length: EVENTS_PER_TRACE }, (_, index) => first + index).some(isRefused);
    return refused ? OBSERVATIONS_PER_TRACE - 1 : OBSERVATIONS_PER_TRACE;
  }
}
