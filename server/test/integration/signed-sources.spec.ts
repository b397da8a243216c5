import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { deriveSigningKey, type EncodableEvent, encodeEntry } from 'swisper-studio/contract';
import { IngestRig, type RigProject, type Row } from './ingest-rig.ts';

const TWO_HOURS_MS = 2 * 60 * 60_000;
let rig: IngestRig;
let project: RigProject;
let other: RigProject;
const traceId = randomUUID();
const observationId = randomUUID();

beforeEach(async () => {
  rig = await IngestRig.start();
  project = await rig.createProject();
  other = await rig.createProject();
  rig.consume();
  await rig.redis.xadd(rig.stream, '*', ...fieldsOf(events('genuine'), project));
  await rig.drained();
  await rig.rollUp();
});
afterEach(() => rig.close());

/** A trace with one observation and its payloads, all of them naming who wrote them. */
function events(writer: string): EncodableEvent[] {
  const at = (ms: number): string => new Date(Date.now() + ms).toISOString();
  const ids = { trace_id: traceId, observation_id: observationId };
  return [
    {
      header: {
        event_type: 'trace_start',
        trace_id: traceId,
        name: writer,
        user_id: writer,
        timestamp: at(0),
      },
      payloads: [['input', JSON.stringify(writer)]],
    },
    {
      header: {
        event_type: 'observation',
        ...ids,
        name: writer,
        type: 'SPAN',
        start_time: at(0),
        end_time: at(5),
      },
      payloads: [['output', JSON.stringify(writer)]],
    },
  ];
}

function fieldsOf(content: EncodableEvent[], signer: RigProject | null, seq = 1): (string | Buffer)[] {
  const counters = { accepted: 2, merged: 0, dropped: {}, config_version: 0 };
  const instanceId = signer === null ? 'unsigned' : 'signing';
  const entry = { projectId: project.id, instanceId, seq, counters, sentAt: new Date(), events: content };
  const signWith = signer && {
    keyId: signer.keyId,
    streamName: rig.stream,
    signingKey: deriveSigningKey(signer.apiKey),
  };
  return encodeEntry(entry, signWith ?? undefined);
}

async function rows(): Promise<Row[]> {
  const tables = ['traces', 'observations', 'observation_payloads'];
  const all = await Promise.all(
    tables.map((table) => rig.query(`SELECT to_json(t)::text AS row FROM ${table} t ORDER BY 1`)),
  );
  return all.flat();
}

/** A later id: what was sent long ago seems to be received now. */
const addLater = (fields: readonly (string | Buffer)[]): Promise<unknown> =>
  rig.redis.xadd(rig.stream, `${String(Date.now() + TWO_HOURS_MS)}-0`, ...fields);

test('an entry that is put on the stream again, at once or hours later, changes nothing', async () => {
  const copied = fieldsOf(events('copied'), project, 3);
  await rig.redis.xadd(rig.stream, '*', ...copied);
  await rig.drained();
  await rig.rollUp();
  const before = await rows();
  await rig.redis.xadd(rig.stream, '*', ...copied);
  await addLater(copied);
  await rig.drained();
  await rig.rollUp();
  expect(await rows()).toEqual(before);
  const [account] = await rig.query(
    'SELECT sum(received)::int AS received, sum(stored)::int AS stored, sum(duplicate)::int AS duplicate FROM event_accounts',
  );
  expect(account).toEqual({ received: 8, stored: 4, duplicate: 4 });
});

test('forged and foreign-signed entries and unsigned ones change no row and are dead letters', async () => {
  const before = await rows();
  const forge = (field: string | Buffer): string => field.toString().replaceAll('genuine', 'Genuine');
  const forged = fieldsOf(events('genuine'), project, 3).map(forge);
  await rig.add(forged);
  await rig.add(fieldsOf(events('foreign'), other, 3));
  await rig.add(fieldsOf(events('nobody'), null));
  await rig.drained();
  await rig.rollUp();
  expect(await rows()).toEqual(before);
  const reasons = (await rig.deadLetters()).map(({ reason }) => reason);
  expect(reasons).toEqual(['bad_signature', 'foreign_key', 'unsigned']);
});

test('where an admin accepts unsigned entries again, they still change no row a signed one made', async () => {
  await rig.query('UPDATE projects SET require_signature = false WHERE id = $1', [project.id]);
  rig.forget(project.id);
  const before = await rows();
  await rig.add(fieldsOf(events('nobody'), null));
  const error = { event_type: 'observation_error', trace_id: traceId, observation_id: observationId };
  const end = { event_type: 'trace_end', trace_id: traceId, status: 'error' };
  const endTime = new Date(Date.now() + 60_000).toISOString();
  await rig.addBatch(project.id, [
    { header: { ...error, end_time: endTime }, payloads: [['error', '"nobody"']] },
    { header: { ...end, end_time: endTime }, payloads: [['output', '"nobody"']] },
  ]);
  await rig.drained();
  await rig.rollUp();
  expect(await rows()).toEqual(before);
  expect(await rig.deadLetters()).toEqual([]);
});
