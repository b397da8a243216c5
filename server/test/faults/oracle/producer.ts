import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { deriveSigningKey, encodeEntry, parseApiKey } from 'swisper-studio/contract';
import { recordAcknowledgement } from './acknowledgements.ts';
import { plannedEvent, type ProductionPlan } from './planned-events.ts';

/** What a producer process is told, as JSON in its first argument. */
export interface ProducerOrder {
  readonly plan: ProductionPlan;
  readonly redisUrl: string;
  readonly streamName: string;
  readonly projectId: string;
  readonly apiKey: string;
  readonly instanceId: string;
  readonly eventsPerEntry: number;
  /** null: as fast as it can. */
  readonly eventsPerSecond: number | null;
  /** Every so many entries one is sent again although it was acknowledged; 0: never. */
  readonly resendEvery: number;
  /** It waits while the stream has more entries than this. */
  readonly maxWaitingEntries: number;
  /** Holds a number: it waits before the events after it. Absent file: no limit. */
  readonly quotaFile: string;
  /** XADD's MAXLEN, exact; null: the default fuse, approximate. */
  readonly maxLength: number | null;
  /** Receives an `Acknowledgement` for every entry Redis acknowledged. */
  readonly acknowledgedFile: string;
}

const DEFAULT_FUSE = ['MAXLEN', '~', '1000000'];
const CHECK_BACKLOG_EVERY = 16;
/** A producer that was held up does not send more than this much of what it missed at once. */
const MAX_DEBT_MS = 1_000;
/** What is not answered by then is sent again. */
const ANSWER_WITHIN_MS = 2_000;
/** With an exact MAXLEN a second copy of an entry would push out another one; Redis is never away there. */
const EXACT_ANSWER_WITHIN_MS = 120_000;
/** What is under way when it is told to end has this long to be acknowledged. */
const STOP_WITHIN_MS = 120_000;

class Producer {
  private readonly order: ProducerOrder;
  private readonly redis: Redis;
  private readonly signer: { keyId: string; streamName: string; signingKey: Buffer };
  private isStopping = false;
  private quota = 0;

  constructor(order: ProducerOrder) {
    this.order = order;
    this.signer = {
      keyId: parseApiKey(order.apiKey)?.keyId ?? '',
      streamName: order.streamName,
      signingKey: deriveSigningKey(order.apiKey),
    };
    this.redis = new Redis(order.redisUrl, {
      enableOfflineQueue: false,
      autoResendUnfulfilledCommands: false,
      maxRetriesPerRequest: null,
      commandTimeout: order.maxLength === null ? ANSWER_WITHIN_MS : EXACT_ANSWER_WITHIN_MS,
      retryStrategy: () => 50,
    });
    this.redis.on('error', () => undefined);
    process.once('SIGTERM', () => {
      this.isStopping = true;
      setTimeout(() => process.exit(1), STOP_WITHIN_MS).unref();
    });
  }

  async run(): Promise<void> {
    const { plan, eventsPerEntry, eventsPerSecond } = this.order;
    const msPerEntry = eventsPerSecond === null ? 0 : (eventsPerEntry * 1_000) / eventsPerSecond;
    let dueMs = performance.now();
    for (let seq = 1, entries = 0; seq <= plan.events && !this.isStopping; seq += eventsPerEntry, entries++) {
      await this.waitForLeave(seq);
      if (entries % CHECK_BACKLOG_EVERY === 0) await this.waitForRoom();
      dueMs = Math.max(dueMs, performance.now() - MAX_DEBT_MS) + msPerEntry;
      await this.publish(seq, Math.min(eventsPerEntry, plan.events - seq + 1), entries);
      const aheadMs = dueMs - performance.now();
      if (aheadMs > 1) await sleep(aheadMs);
    }
    this.redis.disconnect();
  }

  private async publish(firstSeq: number, events: number, number: number): Promise<void> {
    const { plan, projectId, instanceId, resendEvery, acknowledgedFile } = this.order;
    const now = new Date();
    const fields = encodeEntry(
      {
        projectId,
        instanceId,
        seq: firstSeq,
        counters: { accepted: firstSeq + events - 1, merged: 0, dropped: {}, config_version: 0 },
        sentAt: now,
        events: Array.from({ length: events }, (_, index) => plannedEvent(plan, firstSeq + index, now)),
      },
      this.signer,
    );
    await this.deliver(fields);
    recordAcknowledgement(acknowledgedFile, { firstSeq, events });
    if (resendEvery > 0 && number % resendEvery === 0) await this.deliver(fields);
  }

  /** An answer that does not come may have been lost on its way: the same bytes go again, until one comes. */
  private async deliver(fields: readonly (string | Buffer)[]): Promise<void> {
    const { streamName, maxLength } = this.order;
    const fuse = maxLength === null ? DEFAULT_FUSE : ['MAXLEN', '=', String(maxLength)];
    for (;;) {
      try {
        await this.redis.call('XADD', streamName, ...fuse, '*', ...fields);
        return;
      } catch {
        await sleep(50);
      }
    }
  }

  private async waitForLeave(seq: number): Promise<void> {
    while (seq > this.quota && !this.isStopping) {
      this.quota = readQuota(this.order.quotaFile);
      if (seq > this.quota) await sleep(20);
    }
  }

  private async waitForRoom(): Promise<void> {
    while (!this.isStopping) {
      const waiting = await this.redis.xlen(this.order.streamName).catch(() => 0);
      if (waiting <= this.order.maxWaitingEntries) return;
      await sleep(20);
    }
  }
}

function readQuota(file: string): number {
  try {
    return Number(readFileSync(file, 'utf8'));
  } catch {
    return Infinity;
  }
}

const order = JSON.parse(process.argv[2] ?? '{}') as ProducerOrder;
await new Producer(order).run();
