import { ExactNumber, isContainer, isJsonObject, type JsonValue } from './json-value.ts';

/**
 * Gives every JSON value a number that equal values share, whatever the order of their keys. Each value is looked at
 * once, so comparing two states costs no more than reading them.
 */
export class ValueIdentity {
  private readonly known = new Map<string, number>();
  private readonly containers = new WeakMap<object, number>();

  of(value: JsonValue): number {
    if (!isContainer(value)) return this.intern(scalarText(value));
    const remembered = this.containers.get(value);
    if (remembered !== undefined) return remembered;
    const id = this.intern(
      isJsonObject(value)
        ? `{${Object.keys(value)
            .sort()
            .map((key) => `${JSON.stringify(key)}:${this.of(value[key] ?? null)}`)
            .join()}}`
        : `[${value.map((item) => this.of(item)).join()}]`,
    );
    this.containers.set(value, id);
    return id;
  }

  private intern(text: string): number {
    const known = this.known.get(text);
    if (known !== undefined) return known;
    this.known.set(text, this.known.size);
    return this.known.size - 1;
  }
}

function scalarText(value: null | boolean | number | string | ExactNumber): string {
  return value instanceof ExactNumber ? value.source : JSON.stringify(value);
}
