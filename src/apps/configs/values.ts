/** A version of a config as a render takes it: every key with its value in plain. */
import { fromBytes, fromPlain, type KeyPath, type Value } from '../../engine/index.js';
import type { KeyType } from '../../model/config.js';

export interface ConfigValue {
  name: string;
  type: KeyType;
  /** JSON by its type; bytes for files that are not text. */
  value: unknown;
}

/** Secrets are in it: it is made when it is needed, and neither logged nor stored. */
export interface ConfigValues {
  config: string;
  version: number;
  keys: readonly ConfigValue[];
}

/** The path a key stands for: `image.tag` → image, tag; `a\.b` → a.b. */
export function pathOf(name: string): KeyPath {
  return name.split(/(?<!\\)\./).map((part) => part.replaceAll('\\.', '.'));
}

/** The reverse of `pathOf`. */
export function nameOf(path: KeyPath): string {
  return path.map((part) => part.replaceAll('.', '\\.')).join('.');
}

/** The keys as the nested values that templates see. */
export function valuesTable({ keys }: ConfigValues): Map<string, Value> {
  const root = new Map<string, Value>();
  for (const { name, value } of keys) {
    const path = pathOf(name);
    const last = path.at(-1) ?? '';
    tableAt(root, path.slice(0, -1)).set(
      last,
      value instanceof Uint8Array ? fromBytes(value) : fromPlain(value),
    );
  }
  return root;
}

/** Keys whose values are secret, as paths. */
export function secretPaths({ keys }: ConfigValues): KeyPath[] {
  return keys.filter(({ type }) => type === 'secret').map(({ name }) => pathOf(name));
}

/** A value as a process reads it from its environment or from a file. */
export function valueText(value: unknown): string {
  if (value instanceof Uint8Array) return fromBytes(value);
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function tableAt(root: Map<string, Value>, path: KeyPath): Map<string, Value> {
  let table = root;
  for (const part of path) {
    const next = table.get(part);
    const inner = next instanceof Map ? next : new Map<string, Value>();
    table.set(part, inner);
    table = inner;
  }
  return table;
}
