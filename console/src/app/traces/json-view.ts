import { Component, computed, input, signal } from '@angular/core';
import { LucideChevronRight } from '@lucide/angular';

import { jsonRows, PAGE_ENTRIES, type JsonRow } from '../trace-model/json-rows.ts';
import type { JsonValue } from '../trace-model/json-value.ts';
import { VisibleTextPipe } from '../ui/visible-text-pipe.ts';

/** JSON as foldable rows. Everything is text; what is folded or beyond a page has no elements. */
@Component({
  selector: 'sw-json-view',
  imports: [LucideChevronRight, VisibleTextPipe],
  template: `
    <div class="rows mono">
      @for (row of rows(); track row.kind + row.path) {
        @if (row.kind === 'more') {
          <div class="row" [style.padding-left.px]="indent(row)">
            <button type="button" class="btn small" (click)="showMore(row)">
              Show more of {{ row.text }} left
            </button>
          </div>
        } @else {
          <div
            class="row"
            data-testid="json-row"
            [attr.data-path]="row.path"
            [style.padding-left.px]="indent(row)"
          >
            @if (row.kind === 'container') {
              <button
                type="button"
                class="twist"
                [attr.aria-expanded]="row.isOpen"
                [attr.aria-label]="(row.isOpen ? 'Collapse ' : 'Expand ') + row.key"
                (click)="toggle(row)"
              >
                <svg lucideChevronRight [size]="12" [attr.data-open]="row.isOpen"></svg>
              </button>
            } @else {
              <span class="twist"></span>
            }
            @if (row.key !== '') {
              <span class="key">{{ row.key | visible }}</span>
            }
            <span class="value" [class]="row.kind">{{ row.text | visible }}</span>
            @if (row.fullChars !== null) {
              <button type="button" class="btn small" (click)="toggle(row)">
                {{
                  row.isOpen ? 'Show less' : 'Show all ' + row.fullChars.toLocaleString('en') + ' characters'
                }}
              </button>
            }
          </div>
        }
      } @empty {
        <span class="muted">Empty</span>
      }
    </div>
  `,
  styles: `
    .rows {
      line-height: 20px;
    }
    .row {
      display: flex;
      align-items: flex-start;
      gap: 6px;
      border-radius: 3px;
    }
    .row:hover {
      background: var(--surface);
    }
    .twist {
      display: grid;
      place-items: center;
      flex: none;
      width: 16px;
      height: 20px;
      padding: 0;
      border: 0;
      background: none;
      color: var(--muted);
    }
    button.twist {
      cursor: pointer;
    }
    [data-open='true'] {
      transform: rotate(90deg);
    }
    .key {
      flex: none;
      max-width: 50%;
      overflow-wrap: anywhere;
      color: var(--muted);
    }
    .key::after {
      content: ':';
    }
    .value {
      min-width: 0;
      white-space: pre-wrap;
      overflow-wrap: anywhere;
    }
    .number {
      color: var(--info);
    }
    .boolean,
    .null {
      color: var(--t-generation);
    }
    .container {
      color: var(--muted);
      white-space: nowrap;
      overflow: hidden;
      text-overflow: ellipsis;
    }
  `,
})
export class JsonView {
  readonly value = input.required<JsonValue>();

  private readonly toggled = signal<ReadonlySet<string>>(new Set());
  private readonly shown = signal<ReadonlyMap<string, number>>(new Map());
  protected readonly rows = computed(() =>
    jsonRows(this.value(), { toggled: this.toggled(), shown: this.shown() }),
  );

  protected indent(row: JsonRow): number {
    return row.depth * 16;
  }

  protected toggle({ path }: JsonRow): void {
    this.toggled.update((toggled) => {
      const next = new Set(toggled);
      if (!next.delete(path)) next.add(path);
      return next;
    });
  }

  protected showMore({ path }: JsonRow): void {
    this.shown.update((shown) => new Map(shown).set(path, (shown.get(path) ?? PAGE_ENTRIES) + PAGE_ENTRIES));
  }
}
