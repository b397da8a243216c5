import { readFileSync } from 'node:fs';

interface TextRule {
  fallback: string;
  pattern: RegExp;
  allowed: string;
}

interface IntegerRule {
  fallback: number;
  min: number;
  max: number;
}

interface UrlRule {
  protocols: readonly string[];
  required?: true;
}

/** Reads one setting after the other and collects what is wrong with any of them. An empty value counts as not set. */
export class EnvironmentReader {
  readonly problems: string[] = [];
  private readonly values = new Map<string, string>();
  private readonly secrets: ReadonlySet<string>;

  constructor(environment: Readonly<Record<string, string | undefined>>, secrets: readonly string[]) {
    this.secrets = new Set(secrets);
    for (const [name, value] of Object.entries(environment)) {
      if (value !== undefined && value !== '') this.values.set(name, value);
    }
    for (const name of secrets) this.readSecretFile(name);
  }

  has(name: string): boolean {
    return this.values.has(name);
  }

  text(name: string, rule: TextRule): string {
    const value = this.values.get(name);
    if (value === undefined) return rule.fallback;
    if (!rule.pattern.test(value)) this.refuse(name, rule.allowed);
    return value;
  }

  integer(name: string, rule: IntegerRule): number {
    const value = this.values.get(name);
    if (value === undefined) return rule.fallback;
    const number = /^\d{1,16}$/.test(value) ? Number(value) : Number.NaN;
    if (number >= rule.min && number <= rule.max) return number;
    this.refuse(name, `a whole number from ${rule.min} to ${rule.max}`);
    return rule.fallback;
  }

  boolean(name: string, fallback: boolean): boolean {
    const value = this.values.get(name)?.toLowerCase();
    if (value === undefined) return fallback;
    if (['true', '1', 'yes', 'on'].includes(value)) return true;
    if (!['false', '0', 'no', 'off'].includes(value)) this.refuse(name, 'true or false');
    return false;
  }

  choice<T extends string>(name: string, choices: readonly T[], fallback: T): T {
    const value = this.values.get(name);
    if (value === undefined) return fallback;
    const found = choices.find((choice) => choice === value.toLowerCase());
    if (found === undefined) this.refuse(name, `one of ${choices.join(', ')}`);
    return found ?? fallback;
  }

  /** A comma-separated selection; all of them when not set. */
  list<T extends string>(name: string, choices: readonly T[]): readonly T[] {
    const value = this.values.get(name);
    if (value === undefined) return choices;
    const parts = value.split(',').map((part) => part.trim().toLowerCase());
    const found = choices.filter((choice) => parts.includes(choice));
    const hasStranger = parts.some((part) => !choices.some((choice) => choice === part));
    if (hasStranger || found.length === 0) {
      this.refuse(name, `one or more of ${choices.join(', ')}, separated by commas`);
    }
    return found;
  }

  url(name: string, rule: UrlRule): string | null {
    const value = this.values.get(name);
    const allowed = `a URL beginning ${rule.protocols.map((protocol) => `${protocol}//`).join(' or ')}`;
    if (value === undefined) {
      if (rule.required) this.problems.push(`${name}: not set; give ${allowed}`);
      return null;
    }
    const isUrl = URL.canParse(value) && rule.protocols.includes(new URL(value).protocol);
    if (!isUrl) this.refuse(name, allowed);
    return value;
  }

  secret(name: string, minLength: number): string | null {
    const value = this.values.get(name);
    if (value === undefined) return null;
    if (value.length < minLength) {
      this.problems.push(`${name}: ${value.length} characters are too few; give at least ${minLength}`);
    }
    return value;
  }

  private refuse(name: string, allowed: string): void {
    const value = this.secrets.has(name) ? 'its value' : JSON.stringify(this.values.get(name)?.slice(0, 100));
    this.problems.push(`${name}: ${value} is not allowed; give ${allowed}`);
  }

  private readSecretFile(name: string): void {
    const path = this.values.get(`${name}_FILE`);
    if (path === undefined) return;
    if (this.values.has(name)) {
      this.problems.push(`${name}_FILE: set together with ${name}; set one of them`);
      return;
    }
    try {
      const content = readFileSync(path, 'utf8').trim();
      if (content === '') this.problems.push(`${name}_FILE: the file ${JSON.stringify(path)} is empty`);
      else this.values.set(name, content);
    } catch (error) {
      const reason =
        typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : 'unreadable';
      this.problems.push(`${name}_FILE: the file ${JSON.stringify(path)} cannot be read (${reason})`);
    }
  }
}

/** The known name a mistyped one most likely stands for, or null when none is close. */
export function nearestName(name: string, known: readonly string[]): string | null {
  const ranked = known
    .map((candidate) => ({ candidate, distance: editDistance(name, candidate) }))
    .sort((a, b) => a.distance - b.distance);
  const best = ranked[0];
  return best !== undefined && best.distance <= Math.max(3, name.length * 0.4) ? best.candidate : null;
}

function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const current = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const substitution = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      current.push(Math.min(substitution, (previous[j] ?? 0) + 1, (current[j - 1] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[b.length] ?? 0;
}
