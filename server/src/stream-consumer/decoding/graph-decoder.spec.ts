import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { decodeGraph } from './graph-decoder.ts';
import { Refusal } from './refusal.ts';

const source = {
  projectId: '0d7aa606-cb29-4a31-8a59-50fa61151a32',
  isSigned: true,
  instanceId: null,
  producerDigest: null,
  receivedMs: 7,
  shiftMs: 0,
  fallbackTime: { epochMs: 0, micros: 0 },
};
const decode = (header: Record<string, unknown>) =>
  decodeGraph({ header: { event_type: 'graph', ...header }, payloads: [], seq: 1, marks: [] }, source);

test('texts become storable, unknown fields are left out, an edge without a word on it is no condition', () => {
  const decoded = decode({
    name: 'a\0gent',
    version_hash: 'v1',
    timestamp: 'never mind',
    nodes: ['n', '\ud800', 'x'.repeat(501)],
    edges: [
      { source: 'n', target: 'm', conditional: true, label: 'x' },
      { source: 'n', target: 'n' },
    ],
  });
  expect(decoded).toEqual({
    projectId: source.projectId,
    isSigned: true,
    receivedMs: 7,
    name: 'a\ufffdgent',
    versionHash: 'v1',
    nodes: ['n', '\ufffd', 'x'.repeat(500)],
    edges: [
      { source: 'n', target: 'm', conditional: true },
      { source: 'n', target: 'n', conditional: false },
    ],
  });
});

test('the largest graph is decoded', () => {
  const nodes = Array.from({ length: 2_000 }, (_, at) => `n${String(at)}`);
  const edges = Array.from({ length: 10_000 }, (_, at) => ({
    source: `n${String(at % 2_000)}`,
    target: `n${String((at * 7) % 2_000)}`,
    conditional: false,
  }));
  expect(decode({ name: 'g', version_hash: 'v', nodes, edges })).toMatchObject({ nodes, edges });
});

test('whatever is sent, it is decoded or refused with a reason', () => {
  const part = fc.oneof(fc.anything(), fc.array(fc.anything()), fc.string());
  const header = fc.record(
    { name: part, version_hash: part, nodes: part, edges: part },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(header, (fields) => {
      try {
        const { nodes, edges } = decode(fields);
        expect([...nodes, ...edges.map((edge) => edge.source)].every((text) => text.isWellFormed())).toBe(
          true,
        );
      } catch (error) {
        expect(error).toBeInstanceOf(Refusal);
      }
    }),
  );
});
