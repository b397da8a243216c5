import { Component, input } from '@angular/core';

@Component({
  selector: 'sw-brand-mark',
  template: `
    <svg viewBox="0 0 32 32" [attr.width]="size()" [attr.height]="size()" aria-hidden="true">
      <rect width="32" height="32" rx="8" fill="#3b5bdb" />
      <path
        d="M8 21.5c3.2 0 3.6-11 8-11s4.8 11 8 11"
        fill="none"
        stroke="#fff"
        stroke-width="2.6"
        stroke-linecap="round"
      />
      <circle cx="16" cy="10.5" r="3" fill="#fff" />
    </svg>
  `,
  styles: `
    :host {
      display: inline-flex;
    }
  `,
})
export class BrandMark {
  readonly size = input(24);
}
