import { CONSUMER_GROUP, judgeStreamRoom, parseRedisMemory } from '../contract/index.ts';
import { type ResolvedOptions } from '../options.ts';
import { type TracingSwitch } from '../connection/tracing-switch.ts';
import { broken, type Finding, ok, wrong } from './finding.ts';
import { errorOf, numberOf, type RedisProbe, textOf } from './redis-probe.ts';
import { STREAM_NAME } from './settings-check.ts';
import { decodeReaders, type StreamReader } from './stream-reply-decoder.ts';

const ROOM = 'stream room';
const READERS = 'consumer';
const IDLE_MS = 60_000;
/** As the SDK's own look: all nodes of a stream of usual size. */
const SAMPLES = 20_000;

const DRAIN =
  'see on the pipeline page why the server does not store what waits, or raise OBSERVABILITY_STREAM_MAX_BYTES';

const MB = 1024 * 1024;
const megabytes = (bytes: number): string => `${(bytes / MB).toFixed(bytes < 10 * MB ? 2 : 0)} MB`;

/** Whether events may be added, by the rule SDK and server share. */
export async function examineRoom(
  probe: RedisProbe,
  { streamName }: ResolvedOptions,
  tracing: TracingSwitch | undefined,
): Promise<Finding> {
  const usage = await probe.ask('MEMORY', 'USAGE', streamName, 'SAMPLES', SAMPLES);
  const info = textOf(await probe.ask('INFO', 'memory'));
  const memory = info === undefined ? undefined : parseRedisMemory(info);
  const serverSaysFull = tracing?.full === true;
  const room = judgeStreamRoom({ bytes: numberOf(usage) ?? 0, memory }, tracing?.maxBytes, {
    isFull: serverSaysFull,
  });
  if (!room.isFull && !serverSaysFull) {
    const taken = errorOf(usage) === undefined ? `${megabytes(room.bytes)} of ` : '';
    return ok(ROOM, `${taken}${megabytes(room.limitBytes)} taken`.replace(/^([\d.]+ MB) taken$/, 'up to $1'));
  }
  const isRedisShort = memory !== undefined && room.bytes < room.limitBytes * 0.9;
  const text = isRedisShort
    ? `Redis uses ${megabytes(memory.usedBytes)} of ${megabytes(memory.maxBytes)} maxmemory`
    : `${megabytes(room.bytes)} of ${megabytes(room.limitBytes)}`;
  return broken(
    ROOM,
    `the stream is full (${text}): new events are dropped and counted as stream_full`,
    isRedisShort ? 'give Redis more memory, or the events a Redis of their own' : DRAIN,
  );
}

/** What the server alone says, where events travel over HTTP. */
export const examineServerRoom = (config: { readonly full: boolean } | undefined): Finding | undefined =>
  config?.full === true
    ? broken(ROOM, `the server's stream is full: new events are dropped and counted as stream_full`, DRAIN)
    : undefined;

/** Whether somebody reads the stream, as far as Redis tells. */
export async function examineReaders(
  probe: RedisProbe,
  { streamName }: ResolvedOptions,
): Promise<Finding | undefined> {
  const groups = await probe.ask('XINFO', 'GROUPS', streamName);
  const denied = errorOf(groups) ?? '';
  if (denied.startsWith('WRONGTYPE'))
    return broken(
      READERS,
      `${streamName} is no stream but another kind of key (WRONGTYPE)`,
      `choose another ${STREAM_NAME} on both sides, or remove that key`,
    );
  if (denied !== '' && !denied.includes('no such key')) return undefined;
  const known = 'result' in groups ? decodeReaders(groups.result) : [];
  const group = known.find(({ name }) => name === CONSUMER_GROUP) ?? known[0];
  if (group === undefined) return nobody(streamName);
  const consumers = await probe.ask('XINFO', 'CONSUMERS', streamName, group.name);
  if (!('result' in consumers)) return undefined;
  const isDrained = group.lag === 0 && group.pending === 0;
  return judgeReaders(streamName, decodeReaders(consumers.result), { isDrained });
}

/** Before version 7.2, Redis counts a consumer that waits for entries as idle: where none wait, being idle says nothing. */
export function judgeReaders(
  streamName: string,
  consumers: readonly Pick<StreamReader, 'idleMs'>[],
  { isDrained }: { readonly isDrained: boolean },
): Finding {
  const active = consumers.filter(({ idleMs }) => idleMs < IDLE_MS);
  if (active.length === 0 && consumers.length > 0 && isDrained)
    return ok(READERS, 'nothing waits to be stored; the test trace tells whether somebody stores it');
  if (active.length === 0) return nobody(streamName);
  return ok(
    READERS,
    active.length === 1 ? 'one process stores events' : `${String(active.length)} processes store events`,
  );
}

/** Events wait, and are stored once somebody reads: the trace may still be sent. */
const nobody = (streamName: string): Finding =>
  wrong(
    READERS,
    `no process of the server reads ${streamName}: events wait there`,
    'start a server with the role consumer (STUDIO_ROLES) and OBSERVABILITY_ENABLED, and see its log and GET /health/ready',
  );
