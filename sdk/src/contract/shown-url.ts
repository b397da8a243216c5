/**
 * A URL without anything that may be secret: user, password, query and fragment.
 * @returns `(not a URL)` for what is none: it may be a password, or the URL with one
 */
export function shownUrl(text: string): string {
  if (!URL.canParse(text)) return '(not a URL)';
  const { protocol, host, pathname, search, hash, username, password } = new URL(text);
  // A password with `/`, `?` or `#` in it that are not escaped ends the host too early: the rest of it stands behind.
  if (host === '' || `${pathname}${search}${hash}`.includes('@')) return `${protocol}//***`;
  const credentials = username === '' && password === '' ? '' : '***@';
  return `${protocol}//${credentials}${host}${pathname === '/' ? '' : pathname}`;
}

function redactWord(word: string): string {
  const start = word.indexOf('://') + '://'.length;
  if (start < '://'.length) return word;
  const scheme = word.slice(0, start);
  const rest = word.slice(start);
  const at = rest.lastIndexOf('@');
  // Which of the two is the secret nobody knows.
  if (/[?#]/.test(rest.slice(0, Math.max(at, 0)))) return `${scheme}***`;
  return scheme + (at < 0 ? rest : `***${rest.slice(at)}`).replace(/[?#].*$/s, '?***');
}

/** The text of an error with user, password, query and fragment of every URL in it replaced by `***`. */
export const redactUrl = (text: string): string => text.replace(/\S+/g, redactWord);
