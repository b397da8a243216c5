/**
 * Characters that could hide or reorder what a person reads: C0 and C1 controls (but not tab and line feed), soft hyphen,
 * zero-width and bidirectional marks, line and paragraph separators, byte order mark, tags, lone surrogates.
 */
const HIDDEN =
  // eslint-disable-next-line no-control-regex -- control characters are what this looks for
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]|\p{Surrogate}/gu;

/** Untrusted text with hidden characters written as escapes (`\u202e`), so that nothing is shown other than it is. */
export function visibleText(text: string): string {
  return text.replace(HIDDEN, (char) => {
    const code = char.codePointAt(0) ?? 0;
    return code > 0xffff ? `\\u{${code.toString(16)}}` : `\\u${code.toString(16).padStart(4, '0')}`;
  });
}
