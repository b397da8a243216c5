import { diffArrays } from 'diff';

import { isContainer, isJsonObject, type JsonObject, type JsonValue } from './json-value.ts';
import { ValueIdentity } from './value-identity.ts';

export type DiffMark = '+' | '-' | '~';

/** A key of the state, or an item of a list in it. `same` nodes are equal on both sides, whatever they contain. */
export type DiffNode =
  | { kind: 'added'; key: string; path: string; after: JsonValue }
  | { kind: 'removed'; key: string; path: string; before: JsonValue }
  | { kind: 'changed'; key: string; path: string; before: JsonValue; after: JsonValue }
  | { kind: 'inside'; key: string; path: string; before: JsonValue; after: JsonValue; children: DiffNode[] }
  | { kind: 'same'; key: string; path: string; value: JsonValue };

export interface StateDiff {
  readonly root: DiffNode;
  readonly added: number;
  readonly removed: number;
  readonly changed: number;
  /** Some list was too different to be aligned: its items were compared by position. */
  readonly byPosition: boolean;
}

/** Lists with more edits than this are compared by position. */
const MAX_LIST_EDITS = 2_000;

/** Structural difference: objects by key, lists aligned by the content of their items. */
export function diffStates(before: JsonValue, after: JsonValue): StateDiff {
  const differ = new Differ();
  const root = differ.compare('', '', { before, after });
  const counts = { added: 0, removed: 0, changed: 0 };
  count(root, counts);
  return { root, ...counts, byPosition: differ.byPosition };
}

/** What a node leaves behind when only its returned update is known: the state before, overlaid with the update's keys. */
export function overlay(before: JsonValue, update: JsonValue): JsonValue {
  return isJsonObject(before) && isJsonObject(update) ? { ...before, ...update } : update;
}

class Differ {
  byPosition = false;
  private readonly identity = new ValueIdentity();

  compare(key: string, path: string, sides: { before: JsonValue; after: JsonValue }): DiffNode {
    const { before, after } = sides;
    if (this.identity.of(before) === this.identity.of(after))
      return { kind: 'same', key, path, value: after };
    if (isJsonObject(before) && isJsonObject(after)) {
      return { kind: 'inside', key, path, before, after, children: this.objects(path, before, after) };
    }
    if (Array.isArray(before) && Array.isArray(after)) {
      return { kind: 'inside', key, path, before, after, children: this.lists(path, before, after) };
    }
    return { kind: 'changed', key, path, before, after };
  }

  /** In the order of the state after; removed keys stand where they were. */
  private objects(path: string, before: JsonObject, after: JsonObject): DiffNode[] {
    const nodes: DiffNode[] = [];
    const removedAfter = removedKeys(before, after);
    const emitRemoved = (previous: string | null): void => {
      for (const key of removedAfter.get(previous) ?? []) {
        nodes.push({ kind: 'removed', key, path: childPath(path, key), before: before[key] ?? null });
      }
    };
    emitRemoved(null);
    for (const [key, value] of Object.entries(after)) {
      const at = childPath(path, key);
      const old = Object.hasOwn(before, key) ? before[key] : undefined;
      nodes.push(
        old === undefined
          ? { kind: 'added', key, path: at, after: value }
          : this.compare(key, at, { before: old, after: value }),
      );
      emitRemoved(key);
    }
    return nodes;
  }

  private lists(path: string, before: JsonValue[], after: JsonValue[]): DiffNode[] {
    const beforeIds = before.map((item) => this.identity.of(item));
    const afterIds = after.map((item) => this.identity.of(item));
    const changes = diffArrays(beforeIds, afterIds, { maxEditLength: MAX_LIST_EDITS });
    if (!changes) {
      this.byPosition = true;
      return this.replaced(path, { before, from: 0, after, to: 0 });
    }
    const nodes: DiffNode[] = [];
    const at = { before: 0, after: 0 };
    let gone: JsonValue[] = [];
    for (const [index, change] of changes.entries()) {
      if (change.removed) {
        gone = before.slice(at.before, (at.before += change.count));
        if (changes[index + 1]?.added) continue;
        nodes.push(
          ...this.replaced(path, { before: gone, from: at.before - gone.length, after: [], to: at.after }),
        );
      } else if (change.added) {
        const come = after.slice(at.after, at.after + change.count);
        nodes.push(
          ...this.replaced(path, { before: gone, from: at.before - gone.length, after: come, to: at.after }),
        );
        at.after += change.count;
      } else {
        for (let i = 0; i < change.count; i++)
          nodes.push(same(path, at.after + i, after[at.after + i] ?? null));
        at.before += change.count;
        at.after += change.count;
      }
      gone = [];
    }
    return nodes;
  }

  /** A run of removed items beside a run of added ones: paired in order, what is left over is removed or added. */
  private replaced(
    path: string,
    run: { before: JsonValue[]; from: number; after: JsonValue[]; to: number },
  ): DiffNode[] {
    const nodes: DiffNode[] = [];
    for (let i = 0; i < Math.max(run.before.length, run.after.length); i++) {
      const old = run.before[i];
      const now = run.after[i];
      const key = `[${now === undefined ? run.from + i : run.to + i}]`;
      const at = `${path}${key}`;
      if (old === undefined && now !== undefined) nodes.push({ kind: 'added', key, path: at, after: now });
      else if (old !== undefined && now === undefined)
        nodes.push({ kind: 'removed', key, path: at, before: old });
      else if (old !== undefined && now !== undefined)
        nodes.push(this.compare(key, at, { before: old, after: now }));
    }
    return nodes;
  }
}

function same(path: string, index: number, value: JsonValue): DiffNode {
  return { kind: 'same', key: `[${index}]`, path: `${path}[${index}]`, value };
}

/** Removed keys by the surviving key they followed. */
function removedKeys(before: JsonObject, after: JsonObject): Map<string | null, string[]> {
  const removed = new Map<string | null, string[]>();
  let previous: string | null = null;
  for (const key of Object.keys(before)) {
    if (Object.hasOwn(after, key)) previous = key;
    else removed.set(previous, [...(removed.get(previous) ?? []), key]);
  }
  return removed;
}

/** `messages[3].content`; keys that are no plain words are quoted. */
export function childPath(path: string, key: string): string {
  if (!/^[\p{L}_$][\p{L}\p{N}_$-]*$/u.test(key)) return `${path}[${JSON.stringify(key)}]`;
  return path === '' ? key : `${path}.${key}`;
}

function count(node: DiffNode, counts: { added: number; removed: number; changed: number }): void {
  if (node.kind === 'inside') for (const child of node.children) count(child, counts);
  else if (node.kind !== 'same') counts[node.kind] += 1;
}

/** True for values that are shown in one line. */
export function isLeaf(value: JsonValue): boolean {
  return !isContainer(value);
}
