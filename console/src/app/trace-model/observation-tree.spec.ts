import { describe, expect, it } from '@jest/globals';

import { at, observation } from '../../testing/observations.ts';
import { buildTree, milliseconds } from './observation-tree.ts';

function outline(...observations: Parameters<typeof buildTree>[0]): string[] {
  return buildTree(observations).nodes.map(({ observation: { id }, depth }) => `${'  '.repeat(depth)}${id}`);
}

describe('the observation tree', () => {
  it('puts children below their parents in the order they started, whatever order they come in', () => {
    const late = observation('late', 'root', { start_time: at(50) });
    const early = observation('early', 'root', { start_time: at(10) });
    const leaf = observation('leaf', 'early', { start_time: at(20) });
    expect(outline(leaf, late, early, observation('root', null))).toEqual([
      'root',
      '  early',
      '    leaf',
      '  late',
    ]);
  });

  it('keeps the order of steps that lie less than a millisecond apart', () => {
    const second = observation('a', null, { start_time: '2026-11-20T12:00:00.000200Z' });
    const first = observation('b', null, { start_time: '2026-11-20T12:00:00.000100Z' });
    expect(outline(second, first)).toEqual(['b', 'a']);
  });

  it('shows an observation at the root, and says so, when its parent was not received', () => {
    const { nodes } = buildTree([observation('known', null), observation('orphan', 'lost')]);
    expect(nodes.map(({ observation: { id }, depth, isOrphan }) => [id, depth, isOrphan])).toEqual([
      ['known', 0, false],
      ['orphan', 0, true],
    ]);
  });

  it('cuts loops of parents and loses nothing', () => {
    const tree = buildTree([
      observation('a', 'c'),
      observation('b', 'a'),
      observation('c', 'b'),
      observation('d', 'd'),
    ]);
    expect(tree.nodes.map(({ observation: { id } }) => id).sort()).toEqual(['a', 'b', 'c', 'd']);
    expect(tree.nodes.filter(({ isOrphan }) => isOrphan).map(({ observation: { id } }) => id)).toEqual([
      'd',
      'a',
    ]);
  });

  it('knows where each subtree ends and how many errors are in it', () => {
    const tree = buildTree([
      observation('root', null),
      observation('one', 'root', { start_time: at(1) }),
      observation('failed', 'one', { start_time: at(2), status: 'error' }),
      observation('two', 'root', { start_time: at(3), status: 'error' }),
    ]);
    expect(tree.nodes.map(({ observation: { id }, end, errors }) => [id, end, errors])).toEqual([
      ['root', 4, 2],
      ['one', 3, 1],
      ['failed', 3, 1],
      ['two', 4, 1],
    ]);
  });

  it('begins at the earliest start, even when a child started before its parent', () => {
    const tree = buildTree([observation('root', null, { start_time: at(50) }), observation('child', 'root')]);
    expect(tree.originMs).toBe(Date.parse(at(0)));
    expect(tree.latestMs).toBe(Date.parse(at(100)));
  });

  it('survives a chain of 20,000 levels', () => {
    const chain = Array.from({ length: 20_000 }, (_, i) =>
      observation(`o${i}`, i === 0 ? null : `o${i - 1}`),
    );
    const tree = buildTree(chain);
    expect(tree.nodes.at(-1)?.depth).toBe(19_999);
    expect(tree.nodes[0]?.end).toBe(20_000);
  });

  it('reads microseconds', () => {
    expect(milliseconds('2026-11-20T12:00:00.123456Z') - Date.parse('2026-11-20T12:00:00.123Z')).toBeCloseTo(
      0.456,
      3,
    );
  });
});
