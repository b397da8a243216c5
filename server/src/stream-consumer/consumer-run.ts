import { Inject, Injectable, Logger } from '@nestjs/common';
import { SETTINGS } from '../config/settings.module.ts';
import { type Settings } from '../config/settings.ts';
import { ConsumerAssembly } from './consumer-assembly.ts';
import type { ConsumerLoop } from './consumer-loop.ts';
import { ConsumerNames, type HeldName } from './reading/consumer-names.ts';
import { type OpenStreamReader, STREAM_READER } from './reading/stream-reader.ts';

/** A loop that has not moved for this long is stuck. */
const STUCK_AFTER_MS = 60_000;
/** So is one that could store nothing for so long although its dependencies are fine. */
const PERPLEXED_AFTER_MS = 5 * 60_000;
const BLOCKED = {
  schema: 'the database schema is not of this version: migrate it, or start the version it belongs to',
  breaker: 'too many events fail that should not: nothing is stored, see the log',
};

/** The consumer's life in this process: a name, a reader, the loop. */
@Injectable()
export class ConsumerRun {
  private readonly log = new Logger('StreamConsumer');
  private readonly names: ConsumerNames;
  private readonly assembly: ConsumerAssembly;
  private readonly openReader: OpenStreamReader;
  private readonly settings: Settings;
  private loop: ConsumerLoop | null = null;

  constructor(
    names: ConsumerNames,
    assembly: ConsumerAssembly,
    @Inject(STREAM_READER) openReader: OpenStreamReader,
    @Inject(SETTINGS) settings: Settings,
  ) {
    this.names = names;
    this.assembly = assembly;
    this.openReader = openReader;
    this.settings = settings;
  }

  /** Whether this process is to consume at all. */
  get isWanted(): boolean {
    return this.settings.roles.includes('consumer') && this.settings.observability.enabled;
  }

  /** How long ago the loop last moved, ms; 0 while there is none. */
  get idleMs(): number {
    return this.loop?.idleMs ?? 0;
  }

  /** Why the consumer cannot do its work until somebody acts; null when it can. Shown by /health/ready. */
  get blockedBy(): string | null {
    const failure = this.loop?.failure ?? null;
    return failure === 'schema' || failure === 'breaker' ? BLOCKED[failure] : null;
  }

  /** Only a new process can help. */
  get isStuck(): boolean {
    return this.idleMs >= STUCK_AFTER_MS || (this.loop?.perplexedMs ?? 0) >= PERPLEXED_AFTER_MS;
  }

  /**
   * Consumes until aborted; resolves when the batch at hand is stored and acknowledged, and its senders' signs of
   * life are written.
   */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const held = await this.names.take(signal);
      if (held !== null) await this.runAs(held, AbortSignal.any([signal, held.lost]));
    }
  }

  private async runAs(held: HeldName, signal: AbortSignal): Promise<void> {
    const reader = this.openReader(held.name);
    const { streamName, groupName, batchSize } = this.settings.observability;
    this.loop = this.assembly.loopOn(reader, batchSize);
    this.log.log({ stream: streamName, group: groupName, consumer: held.name }, 'Reading the event stream');
    try {
      await this.loop.run(signal);
    } finally {
      this.loop = null;
      reader.close();
      await this.assembly.settled();
      await held.release();
    }
  }
}
