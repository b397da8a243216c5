import { parseApiKey } from '../contract/index.ts';
import { type ResolvedOptions } from '../options.ts';
import { type Diagnosis } from './diagnose.ts';
import { type Finding, type Outcome } from './finding.ts';

const MARKS: { readonly [outcome in Outcome]: string } = { ok: '✔', warning: '⚠', error: '✖', skipped: '–' };

/** Removes every secret of the settings from a text, whoever put it there. */
export class Redaction {
  private readonly secrets: readonly string[];

  constructor({ apiKey, redisUrl, apiUrl }: ResolvedOptions) {
    // Of a key the first part is public: what follows the key id is the secret.
    const isKey = apiKey !== undefined && parseApiKey(apiKey) !== null;
    const keyPart = isKey ? apiKey.split('_')[2] : apiKey;
    const found = [keyPart, ...secretsOf(redisUrl), ...secretsOf(apiUrl)];
    this.secrets = found
      .filter((text): text is string => text !== undefined && text !== '')
      .sort((one, other) => other.length - one.length);
  }

  apply(text: string): string {
    return this.secrets.reduce((rest, secret) => rest.replaceAll(secret, '***'), text);
  }
}

/** Password of a URL as written and as meant, and the values of its query, which ioredis takes as options. */
function secretsOf(url: string | undefined): string[] {
  if (url === undefined || !URL.canParse(url)) return [];
  const { password, searchParams } = new URL(url);
  return [password, decoded(password), ...searchParams.values()];
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** `✖ check: what is so → what to do` */
export function findingLine({ check, outcome, text, remedy }: Finding): string {
  const advice = remedy === undefined ? '' : ` → ${remedy}`;
  return oneLine(`${MARKS[outcome]} ${check}: ${text}${advice}`);
}

const oneLine = (text: string): string => text.replace(/\s*[\r\n]+\s*/g, ' ');

const countOf = (findings: readonly Finding[], outcome: Outcome): number =>
  findings.filter((each) => each.outcome === outcome).length;

/** 0: events arrive, perhaps with warnings; 1: something is wrong. */
export const exitCodeOf = ({ findings }: Diagnosis): 0 | 1 => (countOf(findings, 'error') === 0 ? 0 : 1);

export function summaryLines({ findings, trace }: Diagnosis): string[] {
  const errors = countOf(findings, 'error');
  const warnings = countOf(findings, 'warning');
  const counted = (count: number, word: string): string =>
    `${String(count)} ${word}${count === 1 ? '' : 's'}`;
  const verdict = verdictOf(errors, trace?.readableAfterMs !== undefined);
  const counts = `${counted(errors, 'error')}, ${counted(warnings, 'warning')}.`;
  const link = trace?.readableAfterMs === undefined ? [] : [`Test trace: ${trace.url ?? trace.id}`];
  return ['', `${verdict} ${counts}`, ...link];
}

function verdictOf(errors: number, isReadBack: boolean): string {
  if (errors > 0) return 'Tracing does not work as it should.';
  return isReadBack
    ? 'Tracing works.'
    : 'Nothing is found wrong, but whether traces are stored was not seen.';
}

/** The same for programs. */
export function reportJson(diagnosis: Diagnosis): string {
  const { findings, trace } = diagnosis;
  const report = {
    ok: exitCodeOf(diagnosis) === 0,
    findings: findings.map(({ check, outcome, text, remedy }) => ({
      check,
      outcome,
      text,
      remedy: remedy ?? null,
    })),
    trace:
      trace === undefined
        ? null
        : { id: trace.id, url: trace.url ?? null, readable_after_ms: trace.readableAfterMs ?? null },
  };
  return JSON.stringify(report, null, 2);
}
