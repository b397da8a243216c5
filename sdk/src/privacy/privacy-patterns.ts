import { redactCards, isCardNumber } from './card-numbers.ts';
import { redactEmails } from './email-addresses.ts';

/** What `redact` can switch on. */
export const REDACT_PATTERNS = ['keys', 'emails', 'cards', 'secretFields'] as const;
export type RedactPattern = (typeof REDACT_PATTERNS)[number];

/** Replaces what the application wants hidden. All of it takes time linear in the text, whatever the text. */
export interface Redactor {
  /** The text with each match replaced. */
  text(text: string): string;
  /** The number, or a text instead of it. */
  number(value: number): number | string;
  /** The field's value, or a text instead of it where the name says that it is secret. */
  field(key: string, value: unknown): unknown;
}

const REDACTED_SECRET = '[redacted:secret]';
const REDACTED_KEY = '[redacted:key]';
const REDACTED_CARD = '[redacted:card]';

/** No shorter text holds anything of interest. */
const MIN_CHARS = 6;
const MAX_KNOWN_NAMES = 2000;
const MAX_NAME_CHARS = 60;

/** With a digit, or long: "Bearer authentication" is no token. */
const TOKEN = '(?:(?=[\\w.~+/=-]{0,64}\\d)[\\w.~+/=-]{8,}|[\\w.~+/=-]{20,})';

/**
 * Kinds of well-known secrets before the mark that follows them, and stays: `sk-…`, `ghp_…`. Each pattern begins with a rare
 * character, so that a text without it costs next to nothing; and each either cannot fail once it has read far, or can begin
 * only once in a run of the characters it reads: otherwise a hostile text would take quadratic time.
 */
const DASHED = 'sk|gl(?:pat|dt|rt)|xox[abeoprs]|xapp|xai|pplx|tvly|pypi|nvapi|lin_api';
const UNDERSCORED = '[srp]k_(?:live|test)|gh[pousr]|github_pat|hf|gsk|npm|r8|lsv2|fw|dop_v1';
const MARKED = new RegExp(
  `([_-])(?<=(?<![A-Za-z0-9])(?:(?:${DASHED})-|(?:${UNDERSCORED})_))[\\w-]{16,}`,
  'g',
);
/** The gate must be in the text for the pattern to be tried. */
const OTHERS: readonly { gate: string; pattern: RegExp; shown: string }[] = [
  {
    gate: '-----BEGIN ',
    pattern:
      /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY[A-Z ]{0,10}-----[\s\S]*?(?:-----END [A-Z0-9 ]{0,40}PRIVATE KEY[A-Z ]{0,10}-----|$)/g,
    shown: REDACTED_KEY,
  },
  { gate: 'eyJ', pattern: /eyJ(?<![\w-]eyJ)[\w-]{8,}(?:\.[\w-]+(?:\.[\w-]*)?|$)/g, shown: REDACTED_KEY },
  { gate: '://', pattern: /:\/\/[^\s/:@]{0,128}:[^\s/@]{1,256}@/g, shown: `://${REDACTED_KEY}@` },
  { gate: 'sws_', pattern: /sws_[0-9a-f]{16}_[0-9a-f]{8,}/g, shown: REDACTED_KEY },
  { gate: 'AKIA', pattern: /AKIA(?<![A-Za-z0-9]AKIA)[A-Z0-9]{12,}/g, shown: REDACTED_KEY },
  { gate: 'ASIA', pattern: /ASIA(?<![A-Za-z0-9]ASIA)[A-Z0-9]{12,}/g, shown: REDACTED_KEY },
  { gate: 'AIza', pattern: /AIza[\w-]{30,}/g, shown: REDACTED_KEY },
  { gate: 'ya29.', pattern: /ya29\.[\w-]{20,}/g, shown: REDACTED_KEY },
  { gate: 'SG.', pattern: /SG\.(?<![A-Za-z0-9]SG\.)[\w-]{16,}(?:\.[\w-]+)?/g, shown: REDACTED_KEY },
  {
    gate: 'uthorization',
    pattern: new RegExp(`[Aa]uthorization["']?\\s{0,3}[:=]\\s{0,3}["']?(?:[A-Za-z]{1,12}\\s)?${TOKEN}`, 'g'),
    shown: REDACTED_KEY,
  },
  { gate: 'earer', pattern: new RegExp(`[Bb]earer\\s{1,4}${TOKEN}`, 'g'), shown: REDACTED_KEY },
];

/** All gates at once: most texts hold none of them. */
const ANY_GATE = new RegExp(OTHERS.map(({ gate }) => gate.replace('.', '\\.')).join('|'));

function redactKeys(text: string): string {
  let shown = text;
  if (ANY_GATE.test(text)) {
    for (const { gate, pattern, shown: instead } of OTHERS)
      if (shown.includes(gate)) shown = shown.replace(pattern, instead);
  }
  return shown.includes('_') || shown.includes('-') ? shown.replace(MARKED, `$1${REDACTED_KEY}`) : shown;
}

const SECRET_WORDS =
  'password|passwd|pwd|passphrase|secrets?|api_?keys?|access_?key(?:_?id)?|private_?key|secret_?key|signing_?key|' +
  'encryption_?key|(?:access|refresh|auth|api|bearer|session|security|csrf|xsrf|jwt|oauth|bot|github|slack|id)_?token|' +
  'authorization|cookies?|credentials?|connection_?string|cvv2?|cvc2?|pin_?code';
const SECRET_NAME = new RegExp(`(?:${SECRET_WORDS})$`);

/**
 * Fields within a text: JSON in a string (arguments of tool calls), query strings, assignments. Both begin at the mark after
 * the name.
 */
const WORDS_IN_TEXT = `(?:${SECRET_WORDS.replaceAll('_?', '[_-]?')})`;
const SECRET_IN_JSON = new RegExp(
  `(?<=${WORDS_IN_TEXT}\\\\{0,3})(["']\\s{0,3}:\\s{0,3})(?:"(?:[^"\\\\]|\\\\[^])*"?|'(?:[^'\\\\]|\\\\[^])*'?|\\\\{1,3}["'][^"']*|-?\\d[\\d.]*)`,
  'gi',
);
const SECRET_ASSIGNED = new RegExp(`(?<=${WORDS_IN_TEXT})=[^\\s&;,"'\\]})]+`, 'gi');

function redactFields(text: string): string {
  const shown = text.includes('=') ? text.replace(SECRET_ASSIGNED, `=${REDACTED_SECRET}`) : text;
  const mayHaveFields = shown.includes(':') && (shown.includes('"') || shown.includes("'"));
  return mayHaveFields ? shown.replace(SECRET_IN_JSON, `$1"${REDACTED_SECRET}"`) : shown;
}

/** `X-Api-Key`, `apiKey` and `OPENAI_API_KEY` are the same name. */
const isSecretName = (key: string): boolean =>
  SECRET_NAME.test(
    key
      .slice(-MAX_NAME_CHARS)
      .replace(/[^A-Za-z0-9]/g, '')
      .toLowerCase(),
  );

class PatternRedactor implements Redactor {
  private readonly steps: readonly ((text: string) => string)[];
  private readonly hasCards: boolean;
  private readonly hasFields: boolean;
  private readonly names = new Map<string, boolean>();

  constructor(patterns: ReadonlySet<RedactPattern>) {
    this.hasCards = patterns.has('cards');
    this.hasFields = patterns.has('secretFields');
    this.steps = [
      ...(this.hasFields ? [redactFields] : []),
      ...(patterns.has('keys') ? [redactKeys] : []),
      ...(patterns.has('emails') ? [redactEmails] : []),
      ...(this.hasCards ? [(text: string) => redactCards(text, REDACTED_CARD)] : []),
    ];
  }

  text(text: string): string {
    if (text.length < MIN_CHARS) return text;
    let shown = text;
    for (const step of this.steps) shown = step(shown);
    return shown;
  }

  number(value: number): number | string {
    if (!this.hasCards || value < 1e12 || !Number.isSafeInteger(value)) return value;
    return isCardNumber(String(value)) ? REDACTED_CARD : value;
  }

  field(key: string, value: unknown): unknown {
    // That there is none, or that one is set, is no secret.
    if (!this.hasFields || value === null || value === undefined || typeof value === 'boolean') return value;
    return this.isSecret(key) ? REDACTED_SECRET : value;
  }

  private isSecret(key: string): boolean {
    const known = this.names.get(key);
    if (known !== undefined) return known;
    const isSecret = isSecretName(key);
    if (key.length <= MAX_NAME_CHARS && this.names.size < MAX_KNOWN_NAMES) this.names.set(key, isSecret);
    return isSecret;
  }
}

/** Undefined where nothing is to be redacted: then nothing is looked at either. */
export const makeRedactor = (patterns: readonly RedactPattern[]): Redactor | undefined =>
  patterns.length === 0 ? undefined : new PatternRedactor(new Set(patterns));
