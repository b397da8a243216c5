const FALLBACK = '/projects';

/** Where to go after signing in: a path of this console only, never another origin. */
export function returnAddress(wanted: string | null | undefined): string {
  if (!wanted || !wanted.startsWith('/') || wanted.startsWith('//') || wanted.includes('\\')) return FALLBACK;
  return wanted.startsWith('/login') || wanted.startsWith('/setup') ? FALLBACK : wanted;
}
