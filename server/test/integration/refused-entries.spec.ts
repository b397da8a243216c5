import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { NIL_UUID } from '../../src/kernel/uuid.ts';
import { IngestRig } from './ingest-rig.ts';

let rig: IngestRig;
beforeAll(async () => {
  rig = await IngestRig.start();
  rig.consume();
});
afterAll(() => rig.close());

const now = (): string => new Date().toISOString();
const traceStart = (traceId: string, extra: object = {}) => ({
  header: { event_type: 'trace_start', trace_id: traceId, name: 'run', timestamp: now(), ...extra },
  payloads: [],
});
const traceOf = async (id: string) => (await rig.query('SELECT * FROM traces WHERE id = $1', [id]))[0];

describe('bad entries next to good ones', () => {
  test('each bad event is a dead letter with its reason, and its neighbours are stored', async () => {
    const project = await rig.createProject();
    const good = [randomUUID(), randomUUID(), randomUUID()];
    const bad = randomUUID();
    const step = (payload: string, extra: object = {}) => ({
      header: {
        event_type: 'observation_start',
        trace_id: bad,
        observation_id: randomUUID(),
        name: 'n',
        type: 'SPAN',
        start_time: now(),
        ...extra,
      },
      payloads: [['input', payload] as const],
    });
    const [a = '', b = '', c = ''] = good;
    const entry = await rig.addBatch(project.id, [
      traceStart(a),
      step('{"broken":'),
      step('['.repeat(65) + ']'.repeat(65)),
      traceStart(b),
      step('1', { start_time: 'soon' }),
      step('1', { event_type: 'surprise' }),
      step('1', { observation_id: 'x'.repeat(201) }),
      traceStart(c),
      {
        header: { event_type: 'graph', name: 'g', version_hash: 'h', timestamp: now(), nodes: [], edges: 1 },
        payloads: [],
      },
    ]);
    await rig.drained();
    const reasons = await rig.query(
      'SELECT event_index, reason FROM dead_letters WHERE entry_id = $1 ORDER BY 1',
      [entry],
    );
    expect(reasons).toEqual([
      { event_index: 1, reason: 'invalid_json' },
      { event_index: 2, reason: 'too_deep' },
      { event_index: 4, reason: 'bad_time' },
      { event_index: 5, reason: 'unknown_event_type' },
      { event_index: 6, reason: 'bad_id' },
      { event_index: 8, reason: 'invalid_header' },
    ]);
    expect(await rig.query('SELECT count(*)::int AS n FROM traces WHERE id = ANY($1)', [good])).toEqual([
      { n: 3 },
    ]);
    expect(await rig.query('SELECT count(*)::int AS n FROM traces WHERE id = $1', [bad])).toEqual([{ n: 0 }]);
  });

  test('NUL and lone surrogates in names, ids, users and tags become U+FFFD and are marked', async () => {
    const project = await rig.createProject();
    await rig.addBatch(project.id, [
      traceStart('id\0x', { name: 'a\0b', user_id: 'u\ud800', tags: ['t\0'], session_id: 's' }),
    ]);
    await rig.drained();
    const [row] = await rig.query(
      'SELECT original_id, name, user_id, tags, marks FROM traces WHERE project_id = $1',
      [project.id],
    );
    expect(row).toEqual({
      original_id: 'id\ufffdx',
      name: 'a\ufffdb',
      user_id: 'u\ufffd',
      tags: ['t\ufffd'],
      marks: ['sanitised:name', 'sanitised:tags', 'sanitised:trace_id', 'sanitised:user_id'],
    });
  });

  test('an entry over 8 MB is refused and what follows is stored', async () => {
    const project = await rig.createProject();
    const trace = randomUUID();
    const huge = await rig.addBatch(project.id, [
      { ...traceStart(randomUUID()), payloads: [['input', JSON.stringify('x'.repeat(9 << 20))]] },
    ]);
    await rig.addBatch(project.id, [traceStart(trace)]);
    await rig.drained();
    const [letter] = await rig.query(
      'SELECT reason, raw_bytes, length(raw) AS kept FROM dead_letters WHERE entry_id = $1',
      [huge],
    );
    expect(letter).toMatchObject({ reason: 'oversize', kept: 65_536 });
    expect(Number(letter?.['raw_bytes'])).toBeGreaterThan(9 << 20);
    expect(await traceOf(trace)).toBeDefined();
  });
});

describe('signatures', () => {
  test('a forged entry, an unknown key and a foreign key are dead letters under nobody', async () => {
    const [mine, other] = [await rig.createProject(), await rig.createProject()];
    const trace = randomUUID();
    const forged = await rig.addBatch(mine.id, [traceStart(randomUUID())], {
      signer: { ...mine, apiKey: other.apiKey },
    });
    const unknown = await rig.addBatch(mine.id, [traceStart(randomUUID())], {
      signer: { ...mine, keyId: '0123456789abcdef' },
    });
    const foreign = await rig.addBatch(mine.id, [traceStart(randomUUID())], { signer: other });
    await rig.addBatch(mine.id, [traceStart(trace)], { signer: mine });
    await rig.drained();
    const letters = await rig.query(
      'SELECT project_id, reason FROM dead_letters WHERE entry_id = ANY($1) ORDER BY entry_id',
      [[forged, unknown, foreign]],
    );
    expect(letters).toEqual(
      ['bad_signature', 'unknown_key', 'foreign_key'].map((reason) => ({ project_id: NIL_UUID, reason })),
    );
    expect(await rig.query('SELECT id FROM traces WHERE project_id = $1', [mine.id])).toEqual([
      { id: trace },
    ]);
  });

  test('the first signed entry makes signatures required from its time on; an admin can take that back', async () => {
    const project = await rig.createProject();
    const before = randomUUID();
    await rig.addBatch(project.id, [traceStart(before)]);
    await rig.addBatch(project.id, [traceStart(randomUUID())], { signer: project });
    const unsigned = await rig.addBatch(project.id, [traceStart(randomUUID())]);
    await rig.drained();
    expect(await traceOf(before)).toBeDefined();
    expect(await rig.query('SELECT reason FROM dead_letters WHERE entry_id = $1', [unsigned])).toEqual([
      { reason: 'unsigned' },
    ]);
    const [row] = await rig.query(
      'SELECT require_signature, signed_since IS NOT NULL AS since FROM projects WHERE id = $1',
      [project.id],
    );
    expect(row).toEqual({ require_signature: true, since: true });
  });

  test('a revoked key is judged at the time of the entry', async () => {
    const project = await rig.createProject();
    const trace = randomUUID();
    await rig.query(`UPDATE api_keys SET revoked_at = now() + interval '1 hour' WHERE key_id = $1`, [
      project.keyId,
    ]);
    await rig.addBatch(project.id, [traceStart(trace)], { signer: project });
    await rig.drained();
    expect(await traceOf(trace)).toBeDefined();
    const late = await rig.createProject();
    await rig.query(`UPDATE api_keys SET revoked_at = now() - interval '1 hour' WHERE key_id = $1`, [
      late.keyId,
    ]);
    const refused = await rig.addBatch(late.id, [traceStart(randomUUID())], { signer: late });
    await rig.drained();
    expect(await rig.query('SELECT reason FROM dead_letters WHERE entry_id = $1', [refused])).toEqual([
      { reason: 'revoked_key' },
    ]);
  });
});

test('unreadable entries are dead letters with the reason, whatever their bytes', async () => {
  const project = await rig.createProject();
  const base = [
    'project_id',
    project.id,
    'instance_id',
    'i',
    'seq',
    '1',
    'n',
    '1',
    'counters',
    '{}',
    'sent_at',
    now(),
  ];
  const entries: [string, (string | Buffer)[]][] = [
    ['unknown_version', ['v', '2', 'enc', 'json', ...base, 'h', '[]', 'p', '']],
    ['unknown_encoding', ['v', '1', 'enc', 'xml', ...base, 'h', '[]', 'p', '']],
    ['invalid_header', ['v', '1', 'enc', 'json', ...base, 'h', Buffer.from([0xff, 0xfe]), 'p', '']],
    [
      'bad_lengths',
      ['v', '1', 'enc', 'json', ...base, 'h', '[{"event_type":"trace_start","pl":[["input",5]]}]', 'p', '1'],
    ],
    [
      'invalid_utf8',
      [
        'event_type',
        'trace_start',
        'trace_id',
        Buffer.from([0xc3]),
        'project_id',
        project.id,
        'timestamp',
        '1',
      ],
    ],
    [
      'invalid_json',
      [
        'event_type',
        'trace_start',
        'trace_id',
        't',
        'project_id',
        project.id,
        'timestamp',
        '1',
        'data',
        '{"a":',
      ],
    ],
    [
      'too_deep',
      [
        'event_type',
        'trace_start',
        'trace_id',
        't',
        'project_id',
        project.id,
        'data',
        '{"a":'.repeat(100) + '1' + '}'.repeat(100),
      ],
    ],
    [
      'bad_time',
      ['event_type', 'trace_start', 'trace_id', 't', 'project_id', project.id, 'timestamp', 'NaN'],
    ],
    [
      'bad_id',
      ['event_type', 'observation_end', 'trace_id', 't', 'project_id', project.id, 'timestamp', '1'],
    ],
  ];
  const ids: string[] = [];
  for (const [, fields] of entries) ids.push(await rig.add(fields));
  await rig.drained();
  const letters = await rig.query(
    'SELECT reason FROM dead_letters WHERE entry_id = ANY($1) ORDER BY array_position($1, entry_id)',
    [ids],
  );
  expect(letters.map(({ reason }) => reason)).toEqual(entries.map(([reason]) => reason));
});
