import { expect, test } from '@jest/globals';
import { withNonce } from './content-policy.ts';

const INDEX = '<app-root ngCspNonce="CSP_NONCE"></app-root><script nonce="CSP_NONCE"></script>';

test('each page gets a nonce of its own, the same in the page and in its policy', () => {
  const first = withNonce(INDEX);
  const nonce = /ngCspNonce="([^"]+)"/.exec(first.html)?.[1] ?? '';
  expect(nonce).toMatch(/^[A-Za-z0-9+/]{22}==$/);
  expect(first.html).toContain(`<script nonce="${nonce}">`);
  expect(first.html).not.toContain('CSP_NONCE');
  expect(first.policy).toContain(`script-src 'self' 'nonce-${nonce}';`);
  expect(first.policy).toContain(`style-src 'self' 'nonce-${nonce}';`);
  expect(withNonce(INDEX).html).not.toBe(first.html);
});

test('the policy allows nothing by default, no inline code, no framing, and wants trusted types', () => {
  const { policy } = withNonce(INDEX);
  expect(policy).toMatch(/^default-src 'none';/);
  expect(policy).not.toContain('unsafe');
  expect(policy).not.toMatch(/https?:/);
  expect(policy).toContain("frame-ancestors 'none'");
  expect(policy).toContain("require-trusted-types-for 'script'");
});
