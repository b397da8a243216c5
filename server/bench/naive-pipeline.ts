import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import type { DataSource } from 'typeorm';
import { NIL_UUID } from '../src/kernel/uuid.ts';
import { decodeAdmitted } from '../src/stream-consumer/decoding/entry-decoder.ts';
import type { MergeEvent } from '../src/traces/index.ts';
import { ObservationPayload } from '../src/traces/observation-payload.entity.ts';
import { Observation } from '../src/traces/observation.entity.ts';
import { Trace } from '../src/traces/trace.entity.ts';
import { openDatabase } from './bench-database.ts';
import type { BenchServices } from './bench-services.ts';
import { fieldMapOf, sampleEntry, sampleEvents, take } from './sample-events.ts';
import { type Pace, stopwatch } from './stopwatch.ts';

const STREAM = 'bench:naive';
/** Entries it reads at once. */
const COUNT = 10;

/** CPU µs per event of this baseline on the machine for which the goals in µs were stated. */
const STATED_MICROS = 1_806;

/** How many times less CPU than the baseline a goal in µs per event means, on whatever machine this is. */
export const cpuRatioFor = (goalMicros: number): number => Math.round(STATED_MICROS / goalMicros);

/**
 * The baseline: a straightforward consumer. One entry per event, ten read at a time, each event saved by itself and
 * acknowledged. Its CPU time is this process's.
 */
export class NaivePipeline {
  private readonly projectId = randomUUID();
  private readonly events = sampleEvents();
  private readonly services: BenchServices;
  private readonly redis: Redis;
  private readonly database: DataSource;

  private constructor(services: BenchServices, database: DataSource) {
    this.services = services;
    this.database = database;
    this.redis = new Redis(services.redisUrl);
  }

  static async open(services: BenchServices): Promise<NaivePipeline> {
    const naive = new NaivePipeline(services, await openDatabase(await services.createDatabase()));
    await naive.redis.xgroup('CREATE', STREAM, 'naive', '0', 'MKSTREAM');
    return naive;
  }

  /** Puts so many events on its stream, then stores them. */
  async drain(events: number): Promise<Pace> {
    for (let seq = 1; seq <= events; seq++)
      await this.redis.xadd(STREAM, '*', ...sampleEntry(this.projectId, take(this.events, 1), seq));
    const stop = stopwatch(this.services, () => {
      const { user, system } = process.cpuUsage();
      return (user + system) / 1_000;
    });
    for (let left = events; left > 0;) left -= await this.storeSome();
    return stop(events);
  }

  async close(): Promise<void> {
    this.redis.disconnect();
    await this.database.destroy();
  }

  private async storeSome(): Promise<number> {
    const group = ['GROUP', 'naive', 'one', 'COUNT', String(COUNT)];
    const entries = entriesOf(await this.redis.callBuffer('XREADGROUP', ...group, 'STREAMS', STREAM, '>'));
    for (const { id, flat } of entries) {
      const entry = { id, fields: fieldMapOf(flat), bytes: 0 };
      const origin = { projectId: this.projectId, isSigned: false, isFromServer: false };
      for (const { event } of decodeAdmitted(entry, origin).events) await saveEvent(this.database, event);
      await this.redis.xack(STREAM, 'naive', id);
      await this.redis.xdel(STREAM, id);
    }
    return entries.length;
  }
}

/** `[[stream, [[id, [name, value, …]], …]]]` */
function entriesOf(reply: unknown): { id: string; flat: Buffer[] }[] {
  const [[, entries]] = reply as [[Buffer, [Buffer, Buffer[]][]]];
  return entries.map(([id, flat]) => ({ id: id.toString('latin1'), flat }));
}

/** Through the TypeORM entities, one row after the other. */
export async function saveEvent(dataSource: DataSource, event: MergeEvent): Promise<void> {
  const { projectId, trace, observation } = event;
  const written = Object.fromEntries(event.writes.map(({ column, value }) => [camelCase(column), value]));
  const arrival = { receivedAt: new Date(event.receivedMs), lastReceivedAt: new Date(event.receivedMs) };
  const common = { projectId, startTime: event.earliest, ...written, ...arrival, marks: [...event.marks] };
  if (observation === null) await dataSource.getRepository(Trace).save({ ...common, id: trace.id });
  else {
    await dataSource.getRepository(Observation).save({ ...common, traceId: trace.id, id: observation.id });
  }
  const payloads = event.payloads.map(({ kind, bytes, version }) => ({
    projectId,
    traceId: trace.id,
    observationId: observation?.id ?? NIL_UUID,
    kind,
    body: JSON.parse(bytes.toString()) as unknown,
    bytes: bytes.length,
    version: Buffer.from(version, 'hex'),
  }));
  if (payloads.length > 0) await dataSource.getRepository(ObservationPayload).save(payloads);
}

const camelCase = (column: string): string =>
  column.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
