import { randomBytes } from 'node:crypto';

/** What index.html has in place of the nonce; each answer gets another. */
const PLACEHOLDER = 'CSP_NONCE';

/** The console's policy: own files and nothing else; styles made at run time carry the nonce. */
export function consolePolicy(nonce: string): string {
  return [
    "default-src 'none'",
    `script-src 'self' 'nonce-${nonce}'`,
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "worker-src 'self'",
    "manifest-src 'self'",
    "base-uri 'self'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    'trusted-types angular angular#bundler angular#components',
  ].join('; ');
}

/** Swagger's page: own files, and styles it writes itself. */
export const DOCS_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** The page and its policy with a nonce that was never used before. */
export function withNonce(indexHtml: string): { html: string; policy: string } {
  const nonce = randomBytes(16).toString('base64');
  return { html: indexHtml.replaceAll(PLACEHOLDER, nonce), policy: consolePolicy(nonce) };
}
