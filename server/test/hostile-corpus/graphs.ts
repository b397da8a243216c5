import { dead, event, type HostileRow, stored, traceHeader } from './hostile-row.ts';

type Change = Readonly<Record<string, unknown>>;

const graph = (name: string, change: Change, reason: Parameters<typeof dead>[0]): HostileRow =>
  event(
    `graph: ${name}`,
    (c) => ({
      header: {
        event_type: 'graph',
        name: `graph of ${c.tag}`,
        version_hash: 'v1',
        timestamp: new Date(c.nowMs).toISOString(),
        nodes: ['__start__', 'a', '__end__'],
        edges: [{ source: '__start__', target: 'a', conditional: false }],
        ...change,
      },
    }),
    dead(reason),
  );

const wrong: readonly (readonly [string, unknown])[] = [
  ['missing', undefined],
  ['null', null],
  ['a number', 5],
  ['an object', { length: 1 }],
  ['a text', '[]'],
];
const edge = (change: Change): Change => ({
  edges: [{ source: 'a', target: 'b', conditional: true, ...change }],
});

/** Broken declarations of graphs. A sound one is of no trace: see the tests of declared graphs. */
export const GRAPHS: readonly HostileRow[] = [
  ...wrong.flatMap(([name, value]) => [
    graph(`nodes ${name}`, { nodes: value }, 'invalid_header'),
    graph(`edges ${name}`, { edges: value }, 'invalid_header'),
  ]),
  ...[
    ['missing', undefined],
    ['null', null],
    ['a number', 5],
    ['empty', ''],
    ['a list', ['a']],
  ].map(([name, value]) => graph(`name ${String(name)}`, { name: value }, 'invalid_header')),
  ...[
    ['missing', undefined],
    ['a number', 5],
    ['empty', ''],
    ['blank', '  '],
    ['with a line break', 'a\nb'],
    ['too long', 'x'.repeat(201)],
  ].map(([name, value]) => graph(`version_hash ${String(name)}`, { version_hash: value }, 'bad_id')),
  graph('a node that is no text', { nodes: ['a', 5] }, 'invalid_header'),
  graph('an empty node', { nodes: ['a', ''] }, 'invalid_header'),
  graph('an edge that is a text', { edges: ['a->b'] }, 'invalid_header'),
  graph('an edge that is null', { edges: [null] }, 'invalid_header'),
  graph('an edge without source', edge({ source: undefined }), 'invalid_header'),
  graph('an edge to a number', edge({ target: 1 }), 'invalid_header'),
  graph('2,001 nodes', { nodes: Array(2_001).fill('a') }, 'oversize'),
  graph('10,001 edges', { edges: Array(10_001).fill({ source: 'a', target: 'b' }) }, 'oversize'),
  graph('over a megabyte', { nodes: Array(2_000).fill('\u0001'.repeat(500)) }, 'oversize'),
  event(
    'graph: nested 5,000 deep',
    (c) => ({
      header: JSON.stringify({ ...traceHeader(c), event_type: 'graph', nodes: 0 }).replace(
        '"nodes":0',
        `"nodes":${'['.repeat(5_000)}${']'.repeat(5_000)}`,
      ),
    }),
    dead('too_deep'),
  ),
  event(
    'graph: nodes of an event that is none are nobody\u2019s business',
    (c) => ({ header: traceHeader(c, { nodes: 5, edges: 'x' }) }),
    stored({ name: 'hostile' }),
  ),
];
