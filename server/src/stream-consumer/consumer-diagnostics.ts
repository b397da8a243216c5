import { channel } from 'node:diagnostics_channel';

/** Points of the loop at which a fault may strike. */
export type ConsumerPoint = 'after-read' | 'after-claim' | 'before-commit' | 'after-commit' | 'after-ack';

export interface ConsumerMoment {
  readonly point: ConsumerPoint;
  readonly entries: number;
}

const moments = channel('swisper-studio:consumer');

/** Tells listeners in this process, synchronously, where the consumer is. */
export function publishMoment(moment: ConsumerMoment): void {
  if (moments.hasSubscribers) moments.publish(moment);
}
