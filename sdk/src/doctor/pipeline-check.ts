import { type Finding, ok, warning } from './finding.ts';
import { isRecord } from './is-record.ts';
import { judgeReaders } from './stream-check.ts';
import { type StudioApi } from './studio-api.ts';

const BACKLOG = 'backlog';

/** What the server says about its pipeline; undefined: it did not (a key without the scope read). */
export interface Pipeline {
  readonly isLagging: boolean;
  readonly waitingEvents: number | undefined;
  readonly oldestSeconds: number | undefined;
  readonly consumerIdleMs: readonly number[];
}

const numberOf = (value: unknown): number | undefined => (typeof value === 'number' ? value : undefined);

export async function readPipeline(api: StudioApi): Promise<Pipeline | undefined> {
  const answer = await api.get('/observability/metrics');
  if (!answer.isAnswer || answer.status !== 200 || !isRecord(answer.body)) return undefined;
  const { status, backlog_events, oldest_waiting_seconds, consumers } = answer.body;
  return {
    isLagging: status === 'lagging',
    waitingEvents: numberOf(backlog_events),
    oldestSeconds: numberOf(oldest_waiting_seconds),
    consumerIdleMs: Array.isArray(consumers)
      ? consumers.filter(isRecord).map((each) => (numberOf(each['idle_seconds']) ?? 0) * 1000)
      : [],
  };
}

/** What waits, in words. */
export const backlogText = ({ waitingEvents, oldestSeconds }: Pipeline): string =>
  `${waitingEvents === undefined ? 'an unknown number of' : String(waitingEvents)} events wait to be stored` +
  (oldestSeconds === undefined ? '' : `, the oldest for ${String(Math.round(oldestSeconds))} s`);

export function examinePipeline(pipeline: Pipeline, streamName: string): Finding[] {
  const consumers = pipeline.consumerIdleMs.map((idleMs) => ({ idleMs }));
  const backlog = pipeline.isLagging
    ? warning(
        BACKLOG,
        `${backlogText(pipeline)}: traces appear late`,
        "see the pipeline page and the server's log: PostgreSQL slow or away, too few consumers",
      )
    : ok(BACKLOG, backlogText(pipeline));
  return [judgeReaders(streamName, consumers, { isDrained: pipeline.waitingEvents === 0 }), backlog];
}
