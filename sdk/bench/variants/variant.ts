import { type Wrap } from '../workload.ts';

/** Where a variant sends to. */
export interface VariantTarget {
  /** Base URL of the sink. */
  readonly sinkUrl: string;
  readonly redisUrl: string;
  readonly streamName: string;
  readonly projectId: string;
  readonly apiKey: string;
}

export interface Variant {
  readonly wrap: Wrap;
  /** Sends everything, then ends. */
  close(): Promise<void>;
}

export type StartVariant = (target: VariantTarget) => Promise<Variant> | Variant;
