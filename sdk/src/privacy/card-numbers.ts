/**
 * Numbers as cards show them: 13 to 19 digits in one piece, or in groups of 4-4-4-4(-3) or 4-6-4/5 with one separator. Digits
 * that belong to a longer word or to a fraction are no card.
 */
const CANDIDATE =
  /\d(?<![A-Za-z\d]\d|\d\.\d)(?:\d{12,18}|\d{3}([ .-])\d{4}\1\d{4}\1\d{1,4}(?:\1\d{1,3})?|\d{3}([ .-])\d{6}\2\d{4,5})(?![A-Za-z\d])/g;
const FIRST_GROUP = 4;
const MIN_DIGITS = 13;
const MAX_DIGITS = 19;

/** Whether the digits begin as those of a payment card do and pass the Luhn check. */
export function isCardNumber(digits: string): boolean {
  if (digits.length < MIN_DIGITS || digits.length > MAX_DIGITS) return false;
  const first = digits.charCodeAt(0) - 48;
  if (first < 2 || first > 6) return false;
  let sum = 0;
  for (let i = digits.length - 1, doubled = false; i >= 0; i -= 1, doubled = !doubled) {
    const digit = digits.charCodeAt(i) - 48;
    const twice = digit * 2;
    sum += !doubled ? digit : twice > 9 ? twice - 9 : twice;
  }
  return sum % 10 === 0;
}

/** How much of a candidate is a card: the last group may be something else ("… 1111 12/27"). 0: nothing. */
function cardLength(candidate: string): number {
  if (isCardNumber(candidate.replace(/\D/g, ''))) return candidate.length;
  const length = candidate.search(/\D\d+$/);
  return length > 0 && isCardNumber(candidate.slice(0, length).replace(/\D/g, '')) ? length : 0;
}

/** The text with each card number in it replaced. */
export function redactCards(text: string, replacement: string): string {
  CANDIDATE.lastIndex = 0;
  let shown = '';
  let copied = 0;
  for (let match = CANDIDATE.exec(text); match !== null; match = CANDIDATE.exec(text)) {
    const length = cardLength(match[0]);
    if (length > 0) {
      shown += text.slice(copied, match.index) + replacement;
      copied = match.index + length;
      CANDIDATE.lastIndex = copied;
    } else {
      // The card may begin at a later group: "2024 4111 1111 1111 1111".
      CANDIDATE.lastIndex = match.index + FIRST_GROUP;
    }
  }
  return copied === 0 ? text : shown + text.slice(copied);
}
