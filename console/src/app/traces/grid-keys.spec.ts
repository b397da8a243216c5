import { describe, expect, it } from '@jest/globals';

import { at, observation } from '../../testing/observations.ts';
import { buildTree } from '../trace-model/observation-tree.ts';
import { visibleRows } from '../trace-model/visible-rows.ts';
import { gridMove, type GridMove } from './grid-keys.ts';

const tree = buildTree([
  observation('root', null),
  observation('one', 'root', { start_time: at(1) }),
  observation('leaf', 'one', { start_time: at(2), status: 'error' }),
  observation('two', 'root', { start_time: at(3), status: 'error' }),
]);

/** Row 0 is the trace, then root, one, leaf, two. */
function press(key: string, active: number, folded: string[] = []): GridMove | null {
  const collapsed = new Set(folded);
  const event = { key, ctrlKey: false, metaKey: false, altKey: false };
  return gridMove(event, { tree, rows: visibleRows(tree, collapsed), active, collapsed, pageRows: 2 });
}

describe('keys of the observation grid', () => {
  it('move by rows, pages and to the ends', () => {
    expect(press('ArrowDown', 0)).toEqual({ selectId: 'root' });
    expect(press('ArrowUp', 1)).toEqual({ selectId: null });
    expect(press('ArrowUp', 0)).toEqual({ selectId: null });
    expect(press('PageDown', 1)).toEqual({ selectId: 'leaf' });
    expect(press('End', 0)).toEqual({ selectId: 'two' });
    expect(press('Home', 4)).toEqual({ selectId: null });
  });

  it('unfold or step in, fold or step out', () => {
    expect(press('ArrowRight', 2, ['one'])).toEqual({ toggleId: 'one' });
    expect(press('ArrowRight', 2)).toEqual({ selectId: 'leaf' });
    expect(press('ArrowRight', 3)).toBeNull();
    expect(press('ArrowLeft', 2)).toEqual({ toggleId: 'one' });
    expect(press('ArrowLeft', 3)).toEqual({ selectId: 'one' });
    expect(press('ArrowLeft', 1, ['root'])).toEqual({ selectId: null });
  });

  it('go to the next and previous error, into folded parts too', () => {
    expect(press('e', 0, ['root'])).toEqual({ selectId: 'leaf' });
    expect(press('e', 3)).toEqual({ selectId: 'two' });
    expect(press('e', 4)).toBeNull();
    expect(press('E', 4)).toEqual({ selectId: 'leaf' });
  });

  it('leave combinations to the browser', () => {
    expect(
      gridMove(
        { key: 'ArrowDown', ctrlKey: true, metaKey: false, altKey: false },
        { tree, rows: visibleRows(tree, new Set()), active: 0, collapsed: new Set(), pageRows: 2 },
      ),
    ).toBeNull();
  });
});
