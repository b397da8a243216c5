/** A JSON text as Python's encoder writes it: `NaN` and the infinities stand where a number may. */
export interface LooseJson {
  /** Strict JSON. */
  text: string;
  /** Whether a `NaN` or `Infinity` was replaced by `null`. */
  hadNonFinite: boolean;
}

const NON_FINITE = /-?(?:NaN|Infinity)/y;

/** Replaces `NaN`, `Infinity` and `-Infinity` outside strings by `null`. */
export function strictJson(text: string): LooseJson {
  if (!text.includes('NaN') && !text.includes('Infinity')) return { text, hadNonFinite: false };
  const pieces: string[] = [];
  let copied = 0;
  for (let at = 0; at < text.length; at++) {
    const char = text[at];
    if (char === '"') at = stringEnd(text, at);
    else if (char === 'N' || char === 'I' || char === '-') {
      NON_FINITE.lastIndex = at;
      const match = NON_FINITE.exec(text);
      if (match === null) continue;
      pieces.push(text.slice(copied, at), 'null');
      copied = at + match[0].length;
      at = copied - 1;
    }
  }
  return { text: pieces.join('') + text.slice(copied), hadNonFinite: pieces.length > 0 };
}

/** Index of the quote that closes the string opened at `start`. */
function stringEnd(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === '"') return at;
  }
  return text.length;
}

/**
 * Source text of each value of a JSON object, so that big numbers and key order survive. Of equal keys the last wins.
 * @param text a JSON object known to be valid
 */
export function memberTexts(text: string): Map<string, string> {
  const members = new Map<string, string>();
  let at = text.indexOf('{') + 1;
  for (;;) {
    const keyStart = text.indexOf('"', at);
    if (keyStart === -1) return members;
    const keyEnd = stringEnd(text, keyStart) + 1;
    const valueStart = text.indexOf(':', keyEnd) + 1;
    const valueEnd = memberEnd(text, valueStart);
    const key: unknown = JSON.parse(text.slice(keyStart, keyEnd));
    members.set(String(key), text.slice(valueStart, valueEnd).trim());
    if (text[valueEnd] !== ',') return members;
    at = valueEnd + 1;
  }
}

/** Index of the comma or brace that ends the value which starts at `start`. */
function memberEnd(text: string, start: number): number {
  let depth = 0;
  for (let at = start; at < text.length; at++) {
    const char = text[at];
    if (char === '"') at = stringEnd(text, at);
    else if (char === '{' || char === '[') depth++;
    else if (char === '}' || char === ']') {
      if (depth-- === 0) return at;
    } else if (char === ',' && depth === 0) return at;
  }
  return text.length;
}
