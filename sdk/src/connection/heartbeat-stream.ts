import type { Redis } from 'ioredis';
import {
  encodeHeartbeat,
  type EntrySigner,
  heartbeatStreamKey,
  HEARTBEAT_STREAM_MAX_LENGTH,
  type SentHeartbeat,
} from '../contract/index.ts';
import { reasonOf } from '../log.ts';
import { later, monotonicMs } from '../timers.ts';

const LOOK_AGAIN_MS = 50;

export interface HeartbeatStreamOptions {
  /** The events' stream, whose name the heartbeats' follows. */
  streamName: string;
  signer: EntrySigner | undefined;
  /** The connection that can take commands now. */
  client: () => Redis | undefined;
  /** Told why Redis did not take a heartbeat. */
  refused: (reason: string) => void;
}

/** Puts heartbeats on their own stream: the way of processes that reach Redis only. */
export class HeartbeatStream {
  private readonly options: HeartbeatStreamOptions;
  private isPatient = true;

  constructor(options: HeartbeatStreamOptions) {
    this.options = options;
  }

  /**
   * Whether Redis took it. Never rejects.
   * @param waitMs for a connection that is not there yet
   */
  async add(beat: SentHeartbeat, waitMs: number): Promise<boolean> {
    const client = await this.connected(waitMs);
    if (client === undefined) return false;
    const { streamName, signer } = this.options;
    const trim = ['MAXLEN', '~', HEARTBEAT_STREAM_MAX_LENGTH] as const;
    return client.xadd(heartbeatStreamKey(streamName), ...trim, '*', ...encodeHeartbeat(beat, signer)).then(
      () => true,
      (error: unknown) => {
        this.options.refused(reasonOf(error));
        return false;
      },
    );
  }

  /** The process ends: what has no connection yet is not sent. */
  waitNoMore(): void {
    this.isPatient = false;
  }

  /** It goes on. */
  waitAgain(): void {
    this.isPatient = true;
  }

  private async connected(waitMs: number): Promise<Redis | undefined> {
    const deadline = monotonicMs() + waitMs;
    let client = this.options.client();
    while (client === undefined && this.isPatient && monotonicMs() < deadline) {
      await new Promise<void>((resolve) => later(resolve, LOOK_AGAIN_MS));
      client = this.options.client();
    }
    return client;
  }
}
