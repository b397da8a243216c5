import { describe, expect, it } from '@jest/globals';

import { visibleText } from './visible-text.ts';

describe('untrusted text', () => {
  it('shows what would hide or reorder it', () => {
    expect(visibleText('safe\u202Egnp.exe')).toBe('safe\\u202egnp.exe');
    expect(visibleText('a\u0000b\u001b[31m')).toBe('a\\u0000b\\u001b[31m');
    expect(visibleText('zero\u200Bwidth\uFEFF')).toBe('zero\\u200bwidth\\ufeff');
    expect(visibleText('lone \uD800 half')).toBe('lone \\ud800 half');
    expect(visibleText('tag \u{E0041}')).toBe('tag \\u{e0041}');
  });

  it('leaves ordinary text of any language alone, with its lines and tabs', () => {
    const text = 'Zürich\n\tשלום 東京 👩‍🚀'.replace('\u200d', '');
    expect(visibleText(text)).toBe(text);
  });
});
