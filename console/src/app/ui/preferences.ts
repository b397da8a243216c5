import { DOCUMENT, inject, Injectable, signal, type Signal } from '@angular/core';

import { storedValue } from './stored-value.ts';

const CHOICES = {
  theme: ['auto', 'light', 'dark'],
  density: ['compact', 'comfortable'],
  diff: ['red-green', 'blue-orange'],
  rail: ['open', 'narrow'],
} as const;

export type PreferenceName = keyof typeof CHOICES;
export type PreferenceValue<N extends PreferenceName> = (typeof CHOICES)[N][number];

/** A person's taste, kept in this browser; each choice is an attribute of the root element that the styles follow. */
@Injectable({ providedIn: 'root' })
export class Preferences {
  private readonly root = inject(DOCUMENT).documentElement;
  private readonly values = signal<Readonly<Record<PreferenceName, string>>>({
    theme: stored('theme'),
    density: stored('density'),
    diff: stored('diff'),
    rail: stored('rail'),
  });

  readonly all: Signal<Readonly<Record<PreferenceName, string>>> = this.values.asReadonly();

  set<N extends PreferenceName>(name: N, value: PreferenceValue<N>): void {
    this.values.update((values) => ({ ...values, [name]: value }));
    storedValue.write(`sw.${name}`, value);
    this.apply();
  }

  apply(): void {
    for (const [name, value] of Object.entries(this.values())) this.root.setAttribute(`data-${name}`, value);
  }
}

function stored(name: PreferenceName): string {
  const value = storedValue.read(`sw.${name}`);
  const choices: readonly string[] = CHOICES[name];
  return value !== null && choices.includes(value) ? value : CHOICES[name][0];
}
