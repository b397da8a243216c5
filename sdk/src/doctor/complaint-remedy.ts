/** What to do about what the SDK itself complained of, by its words. */
const REMEDIES: readonly (readonly [RegExp, string])[] = [
  [
    /from something else than the server/,
    'let POST requests below /api/v1 pass the proxy or firewall in between, with their X-API-Key',
  ],
  [
    /\b404 Not found/,
    'the server does not know the path: update it where it is older than this SDK, and see whether a proxy changes paths',
  ],
  [/OOM/, 'give Redis more memory (maxmemory), or see why the server does not drain the stream'],
];

export const remedyFor = (complaint: string): string | undefined =>
  REMEDIES.find(([words]) => words.test(complaint))?.[1];
