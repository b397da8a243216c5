import { Component, input, output } from '@angular/core';

import type { DiffRow } from '../trace-model/diff-rows.ts';
import { VisibleTextPipe } from '../ui/visible-text-pipe.ts';

const MARK_WORDS = { '+': 'added', '-': 'removed', '~': 'changed' } as const;
const MARK_GLYPHS = { '+': '+', '-': '−', '~': '~' } as const;

/** The rows of a state difference: glyph, bar and colour together say what happened to a key. */
@Component({
  selector: 'sw-state-diff-rows',
  imports: [VisibleTextPipe],
  templateUrl: './state-diff-rows.html',
  styleUrl: './state-diff-rows.scss',
})
export class StateDiffRows {
  readonly rows = input.required<readonly DiffRow[]>();
  /** Id of a `fold` or `more` row that shall open. */
  readonly opened = output<string>();

  protected readonly words = MARK_WORDS;
  protected readonly glyphs = MARK_GLYPHS;
}
