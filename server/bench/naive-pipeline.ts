import type { DataSource } from 'typeorm';
import { NIL_UUID } from '../src/kernel/uuid.ts';
import type { MergeEvent } from '../src/traces/index.ts';
import { ObservationPayload } from '../src/traces/observation-payload.entity.ts';
import { Observation } from '../src/traces/observation.entity.ts';
import { Trace } from '../src/traces/trace.entity.ts';

/**
 * The baseline: every event is saved by itself through its TypeORM entity, as a straightforward consumer does. It gets
 * the events decoded, so that only storing is compared.
 */
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
