import { describe, expect, it } from '@jest/globals';

import { returnAddress } from './return-address.ts';

describe('the way back after signing in', () => {
  it('leads to a page of this console', () => {
    expect(returnAddress('/projects/p/traces?user=a')).toBe('/projects/p/traces?user=a');
  });

  it.each([
    null,
    undefined,
    '',
    'https://evil.example',
    '//evil.example',
    '/\\evil.example',
    'javascript:alert(1)',
    '/login',
  ])('never leads elsewhere (%s)', (wanted) => expect(returnAddress(wanted)).toBe('/projects'));
});
