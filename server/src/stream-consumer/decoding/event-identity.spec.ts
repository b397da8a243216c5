import { describe, expect, test } from '@jest/globals';
import { decodeAdmitted } from './entry-decoder.ts';

const PROJECT = '0d7aa606-cb29-4a31-8a59-50fa61151a32';
const AT = new Date(Date.UTC(2026, 0, 10, 12)).toISOString();

/** Version of a trace's start in a signed entry. */
function versionOf(name: string, isFromServer: boolean, seq = '7'): string | null {
  const envelope = {
    v: '1',
    enc: 'json',
    project_id: PROJECT,
    instance_id: 'i-1',
    counters: '{}',
    sent_at: AT,
  };
  const h = JSON.stringify([{ event_type: 'trace_start', trace_id: 't', name, timestamp: AT }]);
  const sent = Object.entries({ ...envelope, seq, n: '1', h, p: '' });
  const fields = new Map(sent.map(([field, value]) => [field, Buffer.from(value)] as const));
  const entry = { id: `${String(Date.parse(AT))}-0`, fields, bytes: 1 };
  const { events } = decodeAdmitted(entry, { projectId: PROJECT, isSigned: true, isFromServer });
  return events[0]?.event.startVersion ?? null;
}

describe('what orders events of the same time and number', () => {
  test('is the producer, where it vouches that it numbers each event once', () => {
    expect(versionOf('one', false)).toHaveLength(48);
    expect(versionOf('one', false)).toBe(versionOf('other', false));
    expect(versionOf('one', false)).not.toBe(versionOf('one', false, '8'));
  });

  test('is the content, where nobody vouches for the numbers', () => {
    expect(versionOf('one', true)).not.toBe(versionOf('other', true));
    expect(versionOf('one', true)).toBe(versionOf('one', true));
    expect(versionOf('one', false, '0')).not.toBe(versionOf('other', false, '0'));
  });
});
