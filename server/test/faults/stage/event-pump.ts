import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../../harness/eventually.ts';
import { EVENTS_PER_ENTRY, type Production, type Scene } from './scene.ts';

const EVERY_MS = 50;
/** Events that may come on top of those planned: a fault that takes long still strikes under load. */
const RESERVE_EVENTS = 2_000_000;

/** Sends the planned events in portions, and more of them whenever less than `atLeast` events wait on the stream. */
export class EventPump {
  private readonly scene: Scene;
  private readonly production: Production;
  private readonly atLeast: number;
  private readonly stopping = new AbortController();
  private allowed = 0;
  private running: Promise<void> = Promise.resolve();

  constructor(scene: Scene, production: Production, atLeast: number) {
    this.scene = scene;
    this.production = production;
    this.atLeast = atLeast;
  }

  start(): void {
    const { events } = this.production;
    this.scene.limitTo(0);
    this.scene.startProducers({ ...this.production, events: events + RESERVE_EVENTS });
    this.running = this.keepFilled(this.stopping.signal);
    this.running.catch(() => undefined);
  }

  /** Lets so many of the planned events be sent, in total. */
  raiseTo(events: number): void {
    if (events > this.allowed) this.allow(events);
  }

  /** Sends what is left of the planned events; resolves when all are acknowledged and the producers have ended. */
  async finish(): Promise<void> {
    this.stopping.abort();
    await this.running;
    this.raiseTo(this.production.events);
    await eventually(() => this.scene.acknowledged() >= this.allowed, Boolean, 900_000);
    await this.scene.stopProducers();
  }

  /** Ends it in the middle of a scene that failed. */
  stop(): void {
    this.stopping.abort();
  }

  private allow(events: number): void {
    const { producers = 2, eventsPerEntry = EVENTS_PER_ENTRY } = this.production;
    const each = Math.ceil(events / producers / eventsPerEntry) * eventsPerEntry;
    this.allowed = each * producers;
    this.scene.limitTo(each);
  }

  private async keepFilled(signal: AbortSignal): Promise<void> {
    const { eventsPerEntry = EVENTS_PER_ENTRY } = this.production;
    while (!signal.aborted) {
      const { waiting } = await this.scene.counts();
      const isSent = this.scene.acknowledged() >= this.allowed;
      if (isSent && waiting * eventsPerEntry < this.atLeast) this.allow(this.allowed + this.atLeast);
      await sleep(EVERY_MS, undefined, { signal }).catch(() => undefined);
    }
  }
}
