import { DOCUMENT, Component, computed, inject, input, signal } from '@angular/core';

import { CopyButton } from './copy-button.ts';
import { environmentSnippet, sdkSnippet } from './sdk-snippet.ts';

type Tab = 'TypeScript' | 'Environment' | 'Install';

/** How to connect an application: copyable lines with the project's id (and key, when it was just made) filled in. */
@Component({
  selector: 'sw-onboarding',
  imports: [CopyButton],
  template: `
    <div class="panel">
      <div class="head">
        <div role="tablist" aria-label="Snippet">
          @for (name of tabs; track name) {
            <button type="button" role="tab" [attr.aria-selected]="tab() === name" (click)="tab.set(name)">
              {{ name }}
            </button>
          }
        </div>
        <sw-copy-button [text]="snippet()" label="Copy snippet" caption="Copy" />
      </div>
      <pre tabindex="0" role="region" aria-label="Snippet" data-testid="sdk-snippet">{{ snippet() }}</pre>
    </div>
  `,
  styles: `
    .panel {
      overflow: hidden;
      text-align: left;
    }
    .head {
      display: flex;
      align-items: center;
      justify-content: space-between;
      padding: 0 8px 0 4px;
      border-bottom: 1px solid var(--border);
      background: var(--surface);
    }
    [role='tab'] {
      height: 36px;
      padding: 0 10px;
      border: 0;
      border-bottom: 2px solid transparent;
      background: none;
      color: var(--muted);
      font-size: 12.5px;
      font-weight: 520;
      cursor: pointer;
    }
    [role='tab'][aria-selected='true'] {
      color: var(--text);
      border-bottom-color: var(--accent);
    }
    pre {
      margin: 0;
      padding: 14px 16px;
      overflow-x: auto;
      line-height: 19px;
    }
  `,
})
export class Onboarding {
  readonly projectId = input.required<string>();
  readonly apiKey = input<string | null>(null);

  private readonly apiUrl = inject(DOCUMENT).location.origin;
  protected readonly tabs: readonly Tab[] = ['TypeScript', 'Environment', 'Install'];
  protected readonly tab = signal<Tab>('TypeScript');
  protected readonly snippet = computed(() => {
    const project = { apiUrl: this.apiUrl, projectId: this.projectId(), apiKey: this.apiKey() };
    if (this.tab() === 'Install') return 'npm install swisper-studio';
    return this.tab() === 'TypeScript' ? sdkSnippet(project) : environmentSnippet(project);
  });
}
