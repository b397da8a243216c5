import { expect, test } from '@jest/globals';
import { readFileSync, writeFileSync } from 'node:fs';
import { createHash, createHmac } from 'node:crypto';
import * as contract from './index.ts';

const goldenFile = new URL('../../contract.golden.json', import.meta.url);
const apiKey = contract.createApiKey((size) => new Uint8Array(size).fill(0xab)).apiKey;
const signingKey = contract.deriveSigningKey(apiKey);
const projectId = '0d7aa606-cb29-4a31-8a59-50fa61151a32';

const entry: contract.EncodableEntry = {
  projectId,
  instanceId: 'instance-1',
  seq: 41,
  counters: { accepted: 44, merged: 1, dropped: { buffer_full: 2 }, config_version: 3 },
  sentAt: new Date('2025-11-05T07:07:00.125Z'),
  events: [
    {
      header: {
        event_type: 'trace_start',
        trace_id: 't-ä',
        name: 'global_supervisor',
        timestamp: '2025-11-05T07:07:00.000001Z',
      },
      payloads: [['input', '{"text":"grüezi 🚀"}']],
    },
    {
      header: { event_type: 'trace_end', trace_id: 't-ä', end_time: '2025-11-05T07:07:01.000000Z' },
      payloads: [],
    },
  ],
};

const beat: contract.SentHeartbeat = {
  project_id: projectId,
  instance_id: 'instance-1',
  status: 'connected',
  timestamp: '2025-11-05T07:07:00.125Z',
  environment: 'production',
  version: '1.2.3',
  sdk_version: '0.1.0',
  host: 'host-ä',
  started_at: '2025-11-05T07:00:00.000Z',
  interval_seconds: 60,
  beat_no: 7,
  counters: { accepted: 44, merged: 1, dropped: { buffer_full: 2 }, config_version: 3 },
  config_version: 3,
};

const readable = (fields: readonly (string | Buffer)[]): string[] =>
  fields.map((field) => (typeof field === 'string' ? field : field.toString()));

const namesAndLines = Object.entries({
  initialized: contract.messages.initialized('http://user:secret@localhost:8001', projectId),
  verified: contract.messages.verified(),
  apiKeyInvalid: contract.messages.apiKeyInvalid(),
  projectNotFound: contract.messages.projectNotFound(projectId),
  otherStatus: contract.messages.otherStatus(503),
  timedOut: contract.messages.timedOut(),
  refused: contract.messages.refused('http://localhost:8001'),
  failed: contract.messages.failed('boom'),
  redisConnected: contract.messages.redisConnected('redis://:secret@redis:6379'),
  redisFailed: contract.messages.redisFailed('connect ECONNREFUSED 127.0.0.1:6379'),
  heldBack: contract.messages.heldBack('OOM command not allowed'),
  eventsRefused: contract.messages.eventsRefused(2, 'bad_time: end_time is no RFC 3339 time'),
});

const current = {
  keys: {
    stream: contract.DEFAULT_STREAM_NAME,
    group: contract.CONSUMER_GROUP,
    account: contract.accountKey(contract.DEFAULT_STREAM_NAME),
    limit: contract.limitKey(contract.DEFAULT_STREAM_NAME),
    limit_turn: contract.limitTurnKey(contract.DEFAULT_STREAM_NAME),
    consumer_name: contract.consumerNameKey(contract.DEFAULT_STREAM_NAME, contract.CONSUMER_GROUP, 'host-1'),
    heartbeats: contract.HEARTBEAT_STREAM,
    heartbeats_of_default: contract.heartbeatStreamKey(contract.DEFAULT_STREAM_NAME),
    heartbeats_of_other: contract.heartbeatStreamKey('other'),
    heartbeats_max_length: contract.HEARTBEAT_STREAM_MAX_LENGTH,
    tracing_enabled: contract.tracingEnabledKey(projectId),
    tracing_config: contract.tracingConfigKey(projectId),
    tracing_changes: contract.TRACING_CHANGES_CHANNEL,
    max_stream_length: contract.DEFAULT_MAX_STREAM_LENGTH,
  },
  limits: {
    stream_default_max_bytes: contract.STREAM_DEFAULT_MAX_BYTES,
    stream_memory_share: contract.STREAM_MEMORY_SHARE,
    stream_resume_share: contract.STREAM_RESUME_SHARE,
    entry_max_events: contract.ENTRY_MAX_EVENTS,
    entry_close_bytes: contract.ENTRY_CLOSE_BYTES,
    event_default_max_bytes: contract.EVENT_DEFAULT_MAX_BYTES,
    event_max_bytes: contract.EVENT_MAX_BYTES,
    entry_max_bytes: contract.ENTRY_MAX_BYTES,
    field_default_max_bytes: contract.FIELD_DEFAULT_MAX_BYTES,
    heartbeat_max_bytes: contract.HEARTBEAT_MAX_BYTES,
    id_max_chars: contract.ID_MAX_CHARS,
    json_max_depth: contract.JSON_MAX_DEPTH,
  },
  events: {
    fields: contract.EVENT_FIELDS,
    times: contract.EVENT_TIME_FIELDS,
    payload_kinds: contract.PAYLOAD_KINDS,
    observation_types: contract.OBSERVATION_TYPES,
    levels: contract.LEVELS,
    statuses: contract.STATUSES,
    drop_reasons: contract.DROP_REASONS,
    cut_mark: contract.CUT_MARK,
  },
  entry: {
    fields: contract.ENTRY_FIELDS,
    unsigned: readable(contract.encodeEntry(entry)),
    signed: readable(
      contract.encodeEntry(entry, {
        keyId: 'abababababababab',
        streamName: contract.DEFAULT_STREAM_NAME,
        signingKey,
      }),
    ),
  },
  heartbeat: {
    fields: contract.HEARTBEAT_FIELDS,
    unsigned: contract.encodeHeartbeat(beat),
    signed: contract.encodeHeartbeat(beat, {
      keyId: 'abababababababab',
      streamName: contract.DEFAULT_STREAM_NAME,
      signingKey,
    }),
  },
  signing: {
    api_key: apiKey,
    signing_key_hex: signingKey.toString('hex'),
    vectors: [
      { stream: 's', fields: [['a', 'b']] as const },
      {
        stream: 's',
        fields: [
          ['a', 'b'],
          ['sig', 'ignored'],
          ['c', 'ä🚀'],
        ] as const,
      },
      { stream: 'other', fields: [['a', 'b']] as const },
      { stream: 's', fields: [] },
    ].map((vector) => ({ ...vector, sig: contract.signFields(vector.stream, vector.fields, signingKey) })),
  },
  messages: Object.fromEntries(namesAndLines),
};

test('the contract is the one other programs were built against', () => {
  const text = `${JSON.stringify(current, null, 2)}\n`;
  if (process.env['UPDATE_CONTRACT'] === '1') writeFileSync(goldenFile, text);
  const golden = readFileSync(goldenFile, 'utf8');
  // The advice is a key of the compared value, so that it stands at the top of the difference jest prints.
  const advice =
    'If the change is meant: UPDATE_CONTRACT=1 npm test -w sdk -- contract-golden, npm run format, then review. ' +
    'Deployed SDKs and servers rely on this file.';
  expect({ advice, contract: JSON.parse(text) as unknown }).toEqual({
    advice,
    contract: JSON.parse(golden) as unknown,
  });
});

test('signatures follow the documented byte layout', () => {
  const bytes = Buffer.concat([
    Buffer.from('s'),
    Buffer.from([0, 0, 0, 1]),
    Buffer.from('a'),
    Buffer.from([0, 0, 0, 1]),
    Buffer.from('b'),
  ]);
  const expected = createHmac('sha256', signingKey).update(bytes).digest('base64url');
  expect(contract.signFields('s', [['a', 'b']], signingKey)).toBe(expected);
  expect(createHash('sha256').update(apiKey.slice(0, -8)).digest('hex').slice(0, 8)).toBe(apiKey.slice(-8));
});
