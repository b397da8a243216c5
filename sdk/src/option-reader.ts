/** Of every variable. */
export const PREFIX = 'SWISPER_STUDIO_';
const TRUE_WORDS = new Set(['true', '1', 'yes', 'on']);
const FALSE_WORDS = new Set(['false', '0', 'no', 'off']);
const MAX_UNKNOWN_NAMES = 5;
/** Stands for an option whose getter throws: no option may be this, so it is refused as any other wrong value. */
const UNREADABLE = Symbol('unreadable');

export type Environment = Readonly<Record<string, string | undefined>>;

/** Where an option comes from: its name, and the environment variable without its prefix. */
export interface OptionSource {
  name: string;
  variable?: string;
}

/** Reads one source after the other and remembers what it could not use. Never throws, whatever was given. */
export class OptionReader {
  readonly problems: string[] = [];
  /** The variables looked for so far. */
  readonly variables = new Map<string, string | undefined>();
  private readonly given = new Map<string, unknown>();
  private readonly env: Environment;

  constructor(given: unknown, names: readonly string[], env: Environment) {
    this.env = env;
    if (given === undefined || given === null) return;
    if (typeof given !== 'object') {
      this.problems.push('the options are not an object');
      return;
    }
    for (const name of names) this.take(given, name);
    this.nameUnknown(given, names);
  }

  /** The option itself, else its variable; undefined where neither is set. */
  value({ name, variable }: OptionSource): unknown {
    const fromEnvironment = variable === undefined ? undefined : this.variable(variable);
    return this.given.get(name) ?? fromEnvironment;
  }

  /** Whether it was given in code: to a wrong value there is one problem, not two. */
  isGiven(name: string): boolean {
    return (this.given.get(name) ?? undefined) !== undefined;
  }

  text(source: OptionSource): string | undefined {
    const value = this.value(source);
    if (value === undefined) return undefined;
    if (typeof value === 'string' && value.trim() !== '') return value.trim();
    this.problems.push(`${source.name} is not a text`);
    return undefined;
  }

  flag(source: OptionSource, ifWrong = true): boolean {
    const value = this.value(source) ?? true;
    if (typeof value === 'boolean') return value;
    const word = typeof value === 'string' ? value.trim().toLowerCase() : '';
    if (TRUE_WORDS.has(word)) return true;
    if (FALSE_WORDS.has(word)) return false;
    this.problems.push(`${source.name} is neither true nor false`);
    return ifWrong;
  }

  /** @param range with what follows from a wrong value, where that is not plainly the default */
  count(
    source: OptionSource,
    range: { min: number; max: number; fallback: number; consequence?: string },
  ): number {
    const value = this.value(source);
    if (value === undefined) return range.fallback;
    // To `Number` a blank text is 0.
    const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
    if (typeof number === 'number' && number >= range.min && number <= range.max) return number;
    const { min, max, consequence } = range;
    const problem = `${source.name} is not a number from ${String(min)} to ${String(max)}`;
    this.problems.push(consequence === undefined ? problem : `${problem}, so ${consequence}`);
    return range.fallback;
  }

  url(source: OptionSource, schemes: readonly string[]): string | undefined {
    const value = this.text(source);
    if (value === undefined) return undefined;
    const scheme = URL.canParse(value) ? new URL(value).protocol : '';
    if (schemes.includes(scheme)) return value;
    // The value itself is not shown: it may be a password, or a key in the wrong place.
    this.problems.push(`${source.name} is not a ${schemes.join('// or ')}// URL`);
    return undefined;
  }

  /** Variables that look like ours and that nobody looked for. */
  unknownVariables(): string[] {
    return Object.keys(this.env).filter((name) => name.startsWith(PREFIX) && !this.variables.has(name));
  }

  private take(given: object, name: string): void {
    try {
      this.given.set(name, Reflect.get(given, name));
    } catch {
      this.given.set(name, UNREADABLE);
    }
  }

  private nameUnknown(given: object, names: readonly string[]): void {
    try {
      const unknown = Object.keys(given).filter((key) => !names.includes(key));
      for (const key of unknown.slice(0, MAX_UNKNOWN_NAMES)) {
        this.problems.push(`there is no option ${JSON.stringify(key.slice(0, 50))}`);
      }
    } catch {
      this.problems.push('the options cannot be listed');
    }
  }

  private variable(name: string): string | undefined {
    const text = this.env[PREFIX + name];
    const value = text === undefined || text.trim() === '' ? undefined : text;
    this.variables.set(PREFIX + name, value);
    return value;
  }
}
