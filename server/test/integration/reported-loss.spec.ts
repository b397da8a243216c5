import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { StreamStateReader } from '../../src/stream-consumer/accounting/stream-state-reader.ts';
import { sharedRedisUrl } from '../harness/services.ts';
import { eventually } from '../harness/eventually.ts';
import { IngestRig, type RigProject, settingsFor } from './ingest-rig.ts';

const PRODUCERS = ['producer-a', 'producer-b', 'producer-c'];
let rig: IngestRig;
let project: RigProject;
let state: StreamStateReader;

beforeAll(async () => {
  rig = await IngestRig.start();
  project = await rig.createProject();
  const settings = settingsFor('postgres://unused', sharedRedisUrl());
  const observability = { ...settings.observability, streamName: rig.stream };
  state = new StreamStateReader(rig.redis, { ...settings, observability });
});
afterAll(() => rig.close());

function randomFrom(seed: number): (below: number) => number {
  let value = seed;
  return (below) => {
    value = (Math.imul(value, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((value / 2 ** 32) * below);
  };
}

/** Events on the stream that nobody has stored, by entry. */
const sent = new Map<string, { instance: string; events: number }>();
const nextSeq = new Map<string, number>();

async function send(random: (below: number) => number): Promise<void> {
  const instance = PRODUCERS[random(PRODUCERS.length)] ?? '';
  const events = 1 + random(20);
  const seq = nextSeq.get(instance) ?? 1;
  nextSeq.set(instance, seq + events);
  const traces = Array.from({ length: events }, () => ({
    header: {
      event_type: 'trace_start',
      trace_id: randomUUID(),
      name: 'x',
      timestamp: new Date().toISOString(),
    },
    payloads: [],
  }));
  const id = await rig.addBatch(project.id, traces, { seq, instance, signer: project });
  sent.set(id, { instance, events });
}

const isInStream = async (id: string): Promise<boolean> =>
  (await rig.redis.xrange(rig.stream, id, id)).length > 0;

test('when the fuse takes unread entries, the reported loss is the true loss', async () => {
  const random = randomFrom(4_711);
  const crashed = rig.openReader('crashed-1');
  await crashed.ensureGroup();
  for (let n = 0; n < 120; n++) await send(random);
  await crashed.readNew({ entries: 30, bytes: 10_000_000 }, 1);
  await rig.redis.xtrim(rig.stream, 'MAXLEN', 70);
  const taken: { instance: string; events: number }[] = [];
  for (const [id, entry] of sent) if (!(await isInStream(id))) taken.push(entry);
  expect(taken).toHaveLength(50);
  // Afterwards every producer goes on, so that the gaps show.
  for (const instance of PRODUCERS) {
    const events = [
      { header: { event_type: 'trace_start', trace_id: randomUUID(), name: 'x' }, payloads: [] },
    ];
    const seq = nextSeq.get(instance) ?? 1;
    const id = await rig.addBatch(project.id, events, { seq, instance, signer: project });
    sent.set(id, { instance, events: 1 });
  }
  expect(await state.read()).toMatchObject({ added: 123, acked: 0, waiting: 73, lost: 50 });

  rig.consume();
  await eventually(
    () => state.read(),
    ({ acked, waiting, groups }) => acked === 73 && waiting === 0 && groups[0]?.pending === 0,
  );
  expect(await state.read()).toMatchObject({ added: 123, acked: 73, waiting: 0, lost: 50 });

  const reported = await rig.query(
    `SELECT instance_id, missing::int AS missing FROM producer_progress WHERE project_id = $1 ORDER BY instance_id`,
    [project.id],
  );
  const lostBy = (instance: string): number =>
    taken.reduce((sum, entry) => sum + (entry.instance === instance ? entry.events : 0), 0);
  expect(reported).toEqual(
    PRODUCERS.map((instance) => ({ instance_id: instance, missing: lostBy(instance) })),
  );

  const all = [...sent.values()].reduce((sum, { events }) => sum + events, 0);
  const lost = taken.reduce((sum, { events }) => sum + events, 0);
  const [total] = await rig.query(
    'SELECT received::int, stored::int, duplicate::int FROM event_totals WHERE project_id = $1',
    [project.id],
  );
  expect(total).toEqual({ received: all - lost, stored: all - lost, duplicate: 0 });
  const [rows] = await rig.query('SELECT count(*)::int AS traces FROM traces WHERE project_id = $1', [
    project.id,
  ]);
  expect(rows).toEqual({ traces: all - lost });
});
