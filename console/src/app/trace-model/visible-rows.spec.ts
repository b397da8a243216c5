import { describe, expect, it } from '@jest/globals';

import { at, observation } from '../../testing/observations.ts';
import { buildTree } from './observation-tree.ts';
import { ancestorIds, collapsedAtFirst, visibleRows } from './visible-rows.ts';

const small = buildTree([
  observation('root', null),
  observation('one', 'root', { start_time: at(1) }),
  observation('leaf', 'one', { start_time: at(2) }),
  observation('two', 'root', { start_time: at(3) }),
]);

/** A root with 300 children of which each has a child with a child. */
function largeTree(failing: string): ReturnType<typeof buildTree> {
  const below = Array.from({ length: 300 }, (_, i) => [
    observation(`n${i}`, 'root', { start_time: at(i) }),
    observation(`n${i}.a`, `n${i}`, { start_time: at(i) }),
    observation(`n${i}.a.b`, `n${i}.a`, {
      start_time: at(i),
      status: `n${i}.a.b` === failing ? 'error' : 'ok',
    }),
  ]);
  return buildTree([observation('root', null), ...below.flat()]);
}

function shown(tree: typeof small, collapsed: ReadonlySet<string>): string[] {
  return [...visibleRows(tree, collapsed)].map((index) => tree.nodes[index]?.observation.id ?? '');
}

describe('visible rows', () => {
  it('leave out what is below a collapsed observation', () => {
    expect(shown(small, new Set())).toEqual(['root', 'one', 'leaf', 'two']);
    expect(shown(small, new Set(['one']))).toEqual(['root', 'one', 'two']);
    expect(shown(small, new Set(['root', 'one']))).toEqual(['root']);
  });

  it('are all of them when a small trace is opened', () => {
    expect(collapsedAtFirst(small, null).size).toBe(0);
  });

  it('reach to depth two in a large trace, and further where an error or the wanted observation is', () => {
    const tree = largeTree('n7.a.b');
    const rows = shown(tree, collapsedAtFirst(tree, 'n9.a.b'));
    expect(rows).toContain('n7.a.b');
    expect(rows).toContain('n9.a.b');
    expect(rows).not.toContain('n8.a');
    expect(rows).toHaveLength(1 + 300 + 2 + 2);
  });

  it('know the way up from an observation', () => {
    expect(ancestorIds(small, 'leaf')).toEqual(['one', 'root']);
    expect(ancestorIds(small, 'root')).toEqual([]);
    expect(ancestorIds(small, 'unknown')).toEqual([]);
  });
});
