import {
  Component,
  DestroyRef,
  effect,
  inject,
  input,
  output,
  signal,
  viewChild,
  type ElementRef,
} from '@angular/core';
import { debounceTime, Subject } from 'rxjs';

const DEBOUNCE_MS = 300;

/** A text filter: reports what was typed after a short rest, and follows the URL when it is not being typed into. */
@Component({
  selector: 'sw-filter-input',
  template: `
    <input
      #field
      class="input"
      type="search"
      autocomplete="off"
      spellcheck="false"
      [attr.aria-label]="label()"
      [attr.data-testid]="'filter-' + name()"
      [placeholder]="placeholder()"
      [value]="draft()"
      (input)="type(field.value)"
      (change)="commit(field.value)"
    />
  `,
  styles: `
    :host {
      display: block;
      flex: 1 1 130px;
      min-width: 110px;
      max-width: 220px;
    }
  `,
})
export class FilterInput {
  readonly name = input.required<string>();
  readonly label = input.required<string>();
  readonly placeholder = input('');
  readonly value = input.required<string>();
  readonly changed = output<string>();

  protected readonly draft = signal('');
  private readonly field = viewChild.required<ElementRef<HTMLInputElement>>('field');
  private readonly typed$ = new Subject<string>();
  private committed = '';

  constructor() {
    const typing = this.typed$.pipe(debounceTime(DEBOUNCE_MS)).subscribe((text) => this.commit(text));
    inject(DestroyRef).onDestroy(() => typing.unsubscribe());
    effect(() => {
      const value = this.value();
      const isOwnEcho = value === this.committed && document.activeElement === this.field().nativeElement;
      this.committed = value;
      if (!isOwnEcho) this.draft.set(value);
    });
  }

  protected type(text: string): void {
    this.draft.set(text);
    this.typed$.next(text);
  }

  protected commit(text: string): void {
    if (text === this.committed) return;
    this.committed = text;
    this.changed.emit(text);
  }
}
