import { Component, input } from '@angular/core';

import { BrandMark } from '../ui/brand-mark.ts';

/** Frame of the pages before sign-in. */
@Component({
  selector: 'sw-auth-card',
  imports: [BrandMark],
  template: `
    <main>
      <div class="brand"><sw-brand-mark [size]="30" /> <span>SwisperStudio</span></div>
      <section class="panel" aria-labelledby="auth-title">
        <h1 id="auth-title">{{ heading() }}</h1>
        @if (lead()) {
          <p class="muted">{{ lead() }}</p>
        }
        <ng-content />
      </section>
      <p class="foot muted">Observability for LLM agents, on your own machines.</p>
    </main>
  `,
  styles: `
    main {
      min-height: 100vh;
      display: grid;
      align-content: center;
      justify-items: center;
      gap: 20px;
      padding: 24px;
      background: radial-gradient(900px 420px at 50% -80px, var(--accent-soft), transparent 70%), var(--bg);
    }
    .brand {
      display: flex;
      align-items: center;
      gap: 10px;
      font-size: 17px;
      font-weight: 620;
      letter-spacing: -0.015em;
    }
    section {
      width: 100%;
      max-width: 380px;
      padding: 28px;
      border-radius: 12px;
      box-shadow:
        0 1px 2px rgb(0 0 0 / 5%),
        0 12px 32px rgb(0 0 0 / 6%);
    }
    p {
      margin-top: 4px;
    }
    .foot {
      font-size: 12.5px;
    }
  `,
})
export class AuthCard {
  readonly heading = input.required<string>();
  readonly lead = input<string | null>(null);
}
