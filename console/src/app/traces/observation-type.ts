import { Component, computed, input } from '@angular/core';
import {
  LucideBot,
  LucideBox,
  LucideCircleDot,
  LucideGauge,
  LucideGrip,
  LucideLink,
  LucideSearch,
  LucideShieldCheck,
  LucideSparkles,
  LucideWrench,
} from '@lucide/angular';

/** Icon of an observation's type, in the type's colour. The word stands beside it or in the row's name. */
@Component({
  selector: 'sw-observation-type',
  imports: [
    LucideBot,
    LucideBox,
    LucideCircleDot,
    LucideGauge,
    LucideGrip,
    LucideLink,
    LucideSearch,
    LucideShieldCheck,
    LucideSparkles,
    LucideWrench,
  ],
  template: `
    @switch (kind()) {
      @case ('generation') {
        <svg lucideSparkles [size]="14"></svg>
      }
      @case ('tool') {
        <svg lucideWrench [size]="14"></svg>
      }
      @case ('agent') {
        <svg lucideBot [size]="14"></svg>
      }
      @case ('chain') {
        <svg lucideLink [size]="14"></svg>
      }
      @case ('retriever') {
        <svg lucideSearch [size]="14"></svg>
      }
      @case ('embedding') {
        <svg lucideGrip [size]="14"></svg>
      }
      @case ('guardrail') {
        <svg lucideShieldCheck [size]="14"></svg>
      }
      @case ('evaluator') {
        <svg lucideGauge [size]="14"></svg>
      }
      @case ('event') {
        <svg lucideCircleDot [size]="14"></svg>
      }
      @default {
        <svg lucideBox [size]="14"></svg>
      }
    }
  `,
  styles: `
    :host {
      display: inline-flex;
      flex: none;
      color: var(--t-span);
    }
    :host([data-kind='generation']) {
      color: var(--t-generation);
    }
    :host([data-kind='tool']) {
      color: var(--t-tool);
    }
    :host([data-kind='agent']) {
      color: var(--t-agent);
    }
    :host([data-kind='chain']),
    :host([data-kind='evaluator']) {
      color: var(--t-chain);
    }
    :host([data-kind='retriever']) {
      color: var(--t-retriever);
    }
    :host([data-kind='embedding']) {
      color: var(--t-embedding);
    }
    :host([data-kind='guardrail']) {
      color: var(--t-guardrail);
    }
    :host([data-kind='event']) {
      color: var(--t-event);
    }
  `,
  host: { '[attr.data-kind]': 'kind()' },
})
export class ObservationType {
  readonly type = input.required<string>();
  protected readonly kind = computed(() => this.type().toLowerCase());
}
