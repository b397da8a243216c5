import { randomUUID } from 'node:crypto';
import { expect } from '@jest/globals';
import { type EncodableEvent, encodeEntry } from 'swisper-studio/contract';
import { decodeAdmitted } from '../../src/stream-consumer/decoding/entry-decoder.ts';
import type { MergeEvent } from '../../src/traces/index.ts';
import { TraceWriter } from '../../src/traces/merging/trace-writer.ts';
import { IngestRig, type Row } from './ingest-rig.ts';

export const T0 = Date.UTC(2026, 5, 1, 12);
export const TRACE = '018f4f0e-7c1a-7b3e-9d55-0a1b2c3d4e5f';
/** UUIDs: other texts become other ids in each project. */
export const stepId = (step: number): string => `018f4f0e-7c1a-7b3e-9d55-00000000000${String(step)}`;
export const STEP = stepId(1);

/** A rig whose clock stands shortly after the events, so that no trace ends by time alone. */
export const startMergeRig = (): Promise<IngestRig> =>
  IngestRig.start({ clock: { now: () => new Date(T0 + 10_000), nowMs: () => T0 + 10_000 } });

export const at = (ms: number): string => new Date(T0 + ms).toISOString();
export type Payloads = EncodableEvent['payloads'];
export const event = (header: object, payloads: Payloads = []): EncodableEvent => ({
  header: { trace_id: TRACE, ...header },
  payloads,
});

/** One event as the consumer decodes it; `seq` is its number, so a second delivery is the same event. */
export function decoded(
  projectId: string,
  sent: EncodableEvent,
  seq: number,
  receivedMs: number,
): MergeEvent {
  const counters = { accepted: 1, merged: 0, dropped: {}, config_version: 0 };
  const flat = encodeEntry({
    projectId,
    instanceId: 'i',
    seq,
    counters,
    sentAt: new Date(T0),
    events: [sent],
  });
  const fields = new Map<string, Buffer>();
  for (let i = 0; i < flat.length; i += 2) fields.set(String(flat[i]), Buffer.from(flat[i + 1] ?? ''));
  const content = decodeAdmitted(
    { id: `${String(receivedMs)}-0`, fields, bytes: 1 },
    { projectId, isSigned: true, isFromServer: false },
  );
  const [only] = content.events;
  if (only === undefined) throw new Error(JSON.stringify(content.refused));
  return only.event;
}

/** How one project gets the events: batches of positions in the list of events. */
export type Delivery = readonly (readonly number[])[];

/** Writes each row the way many are written. */
const bulkWriter = new TraceWriter(1);

/**
 * Delivers the same events to a project of its own per delivery. The n-th batches of all projects share one statement,
 * which does not mix rows of different projects. Every second step is written as many rows are.
 */
async function deliver(
  rig: IngestRig,
  events: readonly EncodableEvent[],
  deliveries: readonly Delivery[],
): Promise<string[]> {
  const projects = deliveries.map(() => randomUUID());
  const steps = Math.max(...deliveries.map(({ length }) => length));
  for (let step = 0; step < steps; step++) {
    const batch = deliveries.flatMap((delivery, which) =>
      (delivery[step] ?? []).map((position) => {
        const sent = events[position];
        if (sent === undefined) throw new Error('no such event');
        return decoded(projects[which] ?? '', sent, position + 1, T0 + 1_000 + step * 7);
      }),
    );
    const writer = step % 2 === 0 ? rig.writer : bulkWriter;
    await rig.dataSource.transaction((manager) => writer.store(manager, batch));
  }
  await rig.rollUp();
  return projects;
}

/** Distinct rows over all projects, without what may differ: the project and the times of arrival. */
async function distinctRows(rig: IngestRig, projects: readonly string[]): Promise<Record<string, Row[]>> {
  const rows: Record<string, Row[]> = {};
  for (const table of ['traces', 'observations', 'observation_payloads']) {
    rows[table] = await rig.query(
      `SELECT row, count(*)::int AS projects FROM (
         SELECT (CASE WHEN $2 = 'observation_payloads' THEN to_jsonb(t) - 'body' || jsonb_build_object('body', (to_jsonb(t)->'body')::text)
                 ELSE to_jsonb(t) END) - '{project_id,received_at,last_received_at}'::text[] AS row
         FROM ${table} t WHERE project_id = ANY($1)) d GROUP BY row ORDER BY row::text`,
      [projects, table],
    );
  }
  return rows;
}

/** All deliveries must end in the same rows. @returns them, once per table */
export async function expectOneResult(
  rig: IngestRig,
  events: readonly EncodableEvent[],
  deliveries: readonly Delivery[],
): Promise<Record<string, Row[]>> {
  const projects = await deliver(rig, events, deliveries);
  const rows = await distinctRows(rig, projects);
  for (const table of Object.values(rows)) {
    expect(table.filter((row) => row['projects'] !== projects.length)).toEqual([]);
  }
  return rows;
}
