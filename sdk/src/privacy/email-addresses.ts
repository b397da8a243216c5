const REDACTED_EMAIL = '[redacted:email]';
const MAX_LOCAL_CHARS = 64;
const MAX_DOMAIN_CHARS = 253;
const DOT = 46;
const HYPHEN = 45;

/** Letters and digits of any script; punctuation and spaces beyond ASCII are left out by their blocks. */
function isWordCode(code: number): boolean {
  if (code < 0x80)
    return (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || (code >= 48 && code <= 57);
  return code >= 0xc0 && !(code >= 0x2000 && code <= 0x2bff) && !(code >= 0x3000 && code <= 0x303f);
}

const LOCAL_MARKS = new Set([...".%+-_'"].map((mark) => mark.charCodeAt(0)));

function localStart(text: string, at: number): number {
  const least = Math.max(0, at - MAX_LOCAL_CHARS);
  let start = at;
  while (start > least) {
    const code = text.charCodeAt(start - 1);
    if (!isWordCode(code) && !LOCAL_MARKS.has(code)) break;
    start -= 1;
  }
  // "'joe@x.org'", "--joe@x.org": what leads in is no part of the address.
  while (start < at && !isWordCode(text.charCodeAt(start))) start += 1;
  return start;
}

/** End of the domain after the `@`; `at` itself where there is none with a dot and a top level of letters. */
function domainEnd(text: string, at: number): number {
  const most = Math.min(text.length, at + 1 + MAX_DOMAIN_CHARS);
  let end = at + 1;
  while (end < most) {
    const code = text.charCodeAt(end);
    if (!isWordCode(code) && code !== DOT && code !== HYPHEN) break;
    end += 1;
  }
  while (end > at + 1 && !isWordCode(text.charCodeAt(end - 1))) end -= 1;
  const labels = text.slice(at + 1, end).split('.');
  const last = labels.at(-1) ?? '';
  const isTop = last.length > 1 && (last.startsWith('xn--') || !/\d/.test(last));
  return labels.length > 1 && isTop && labels[0] !== '' ? end : at;
}

/** The text with each e-mail address in it replaced. Looks only around each `@`. */
export function redactEmails(text: string): string {
  let shown = '';
  let copied = 0;
  for (let at = text.indexOf('@'); at !== -1; at = text.indexOf('@', at + 1)) {
    const start = Math.max(localStart(text, at), copied);
    const end = start < at ? domainEnd(text, at) : at;
    if (end === at) continue;
    shown += text.slice(copied, start) + REDACTED_EMAIL;
    copied = end;
  }
  return copied === 0 ? text : shown + text.slice(copied);
}
