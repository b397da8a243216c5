import { describe, expect, test } from '@jest/globals';
import {
  decodeHeartbeat,
  deriveSigningKey,
  encodeHeartbeat,
  HEARTBEAT_MAX_BYTES,
  heartbeatStreamKey,
  type SentHeartbeat,
  verifyFields,
} from './index.ts';

const beat: SentHeartbeat = {
  project_id: '0d7aa606-cb29-4a31-8a59-50fa61151a32',
  instance_id: 'instance-1',
  status: 'connected',
  timestamp: '2025-11-05T07:07:00.125Z',
  started_at: '2025-11-05T07:00:00.000Z',
  host: 'hôte 🚀',
  interval_seconds: 60,
  beat_no: 7,
  counters: { accepted: 44, merged: 1, dropped: { buffer_full: 2, stream_full: 1 }, config_version: 3 },
  config_version: 3,
};
const signingKey = deriveSigningKey('a key');
const signer = { keyId: 'abababababababab', streamName: 'observability:events', signingKey };

const onTheWire = (fields: readonly string[]): Map<string, Buffer> => {
  const map = new Map<string, Buffer>();
  for (let at = 0; at + 1 < fields.length; at += 2)
    map.set(String(fields[at]), Buffer.from(String(fields[at + 1])));
  return map;
};

describe('a heartbeat on the stream', () => {
  test('is read as it was sent, every counter and reason included', () => {
    expect(decodeHeartbeat(onTheWire(encodeHeartbeat(beat)))).toEqual({ ok: true, beat });
    expect(decodeHeartbeat(onTheWire(encodeHeartbeat(beat, signer)))).toEqual({ ok: true, beat });
  });

  test('is signed for its own stream: it is no entry of another, and no entry is a heartbeat', () => {
    const fields = onTheWire(encodeHeartbeat(beat, signer));
    expect(verifyFields('observability:heartbeats', fields, signingKey)).toBe(true);
    expect(verifyFields('observability:events', fields, signingKey)).toBe(false);
    expect(heartbeatStreamKey('observability:events')).toBe('observability:heartbeats');
    expect(heartbeatStreamKey('mine')).toBe('mine:heartbeats');
  });

  test('whose fields were changed is not signed any more', () => {
    for (const [name, value] of [
      ['status', 'disconnected'],
      ['beat_no', '8'],
      ['environment', 'added'],
    ] as const) {
      const fields = onTheWire(encodeHeartbeat(beat, signer));
      fields.set(name, Buffer.from(value));
      expect(verifyFields('observability:heartbeats', fields, signingKey)).toBe(false);
    }
  });

  test.each([
    ['v', '2', 'unknown_version'],
    ['beat_no', '-1', 'invalid_field'],
    ['beat_no', '1e3', 'invalid_field'],
    ['counters', '{', 'invalid_field'],
    ['host', 'x'.repeat(HEARTBEAT_MAX_BYTES), 'invalid_field'],
  ])('with %s %s is refused with a reason', (name, value, reason) => {
    const fields = onTheWire(encodeHeartbeat(beat));
    fields.set(name, Buffer.from(value));
    expect(decodeHeartbeat(fields)).toMatchObject({ ok: false, reason });
  });

  test.each(['v', 'project_id', 'instance_id', 'status', 'timestamp', 'started_at', 'beat_no'])(
    'without %s is refused',
    (name) => {
      const fields = onTheWire(encodeHeartbeat(beat));
      fields.delete(name);
      expect(decodeHeartbeat(fields)).toMatchObject({ ok: false });
    },
  );

  test('of any bytes is refused, never thrown, and fields nobody knows are left out', () => {
    const fields = onTheWire(encodeHeartbeat(beat));
    fields.set('__proto__', Buffer.from('{}'));
    fields.set('later', Buffer.from('1'));
    expect(decodeHeartbeat(fields)).toEqual({ ok: true, beat });
    fields.set('host', Buffer.from([0xff, 0xfe]));
    expect(decodeHeartbeat(fields)).toMatchObject({ ok: false, detail: 'host cannot be read' });
    expect(decodeHeartbeat(new Map())).toMatchObject({ ok: false });
  });
});
