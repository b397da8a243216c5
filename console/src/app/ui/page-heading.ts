import { afterNextRender, Component, effect, inject, input, viewChild, type ElementRef } from '@angular/core';
import { Title } from '@angular/platform-browser';
import { Router } from '@angular/router';

import { visibleText } from './visible-text.ts';

/** The page's one h1. Names the browser tab, and takes the focus when the page was reached by navigation. */
@Component({
  selector: 'sw-page-heading',
  template: `<h1 #heading tabindex="-1"><ng-content /></h1>`,
})
export class PageHeading {
  /** What the tab is called, most specific first; untrusted parts are made visible here. */
  readonly titleParts = input.required<readonly (string | null | undefined)[]>();

  private readonly heading = viewChild.required<ElementRef<HTMLElement>>('heading');

  constructor() {
    const title = inject(Title);
    effect(() => {
      const parts = this.titleParts().filter((part) => part);
      title.setTitle([...parts, 'SwisperStudio'].map((part) => visibleText(part ?? '')).join(' · '));
    });
    const isFirstPage = inject(Router).lastSuccessfulNavigation()?.id === 1 || !inject(Router).navigated;
    if (!isFirstPage) afterNextRender(() => this.heading().nativeElement.focus({ preventScroll: true }));
  }
}
