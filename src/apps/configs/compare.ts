/** What two versions of a config differ in: key by key, and as text. Secrets show as changed, never what they are. */
import { createTwoFilesPatch } from 'diff';
import { stableStringify } from '../../core/digest.js';
import type { FieldProblem } from '../../core/errors.js';
import type { ConfigContent, KeyType, StoredKey } from '../../model/config.js';

export interface KeyChange {
  key: string;
  change: 'Added' | 'Removed' | 'Changed';
  type: KeyType;
  /** Absent for secrets and bytes, and where there was nothing. */
  before?: unknown;
  after?: unknown;
}

const SHOWN = 200;

/** Changes in the order of names. */
export function compareKeys(before: ConfigContent, after: ConfigContent): KeyChange[] {
  const old = new Map(before.keys.map((key) => [key.name, key]));
  const now = new Map(after.keys.map((key) => [key.name, key]));
  const names = [...new Set([...old.keys(), ...now.keys()])].sort();
  return names.flatMap((name) => changeOf(name, old.get(name), now.get(name)) ?? []);
}

function changeOf(name: string, a: StoredKey | undefined, b: StoredKey | undefined): KeyChange | undefined {
  if (stableStringify(a) === stableStringify(b)) return undefined;
  const type = (b ?? a)?.type ?? 'string';
  return { key: name, change: kindOf(a, b), type, ...sideOf('before', a), ...sideOf('after', b) };
}

function kindOf(a: StoredKey | undefined, b: StoredKey | undefined): KeyChange['change'] {
  if (a === undefined) return 'Added';
  return b === undefined ? 'Removed' : 'Changed';
}

const sideOf = (field: 'before' | 'after', key: StoredKey | undefined) =>
  key?.value === undefined ? {} : { [field]: key.value };

/** A unified diff of the keys, one a line; values of several lines take several. */
export function diffText(before: ConfigContent, after: ConfigContent, names: [string, string]): string {
  const [from, to] = names;
  const hidden = new Set(
    compareKeys(before, after)
      .filter(({ type }) => type === 'secret')
      .map(({ key }) => key),
  );
  return createTwoFilesPatch(from, to, textOf(before), textOf(after, hidden), undefined, undefined, {
    context: 3,
    headerOptions: { includeIndex: false, includeUnderline: false, includeFileHeaders: true },
  });
}

function textOf({ keys }: ConfigContent, changed: ReadonlySet<string> = new Set()): string {
  return keys.map((key) => `${key.name}: ${shown(key, changed.has(key.name))}\n`).join('');
}

function shown({ type, value, base64 }: StoredKey, isChanged: boolean): string {
  if (type === 'secret') return isChanged ? '<secret, changed>' : '<secret>';
  if (base64 !== undefined) return `<${Buffer.byteLength(base64, 'base64')} bytes> ${base64.slice(0, 40)}`;
  if (typeof value === 'string' && value.includes('\n')) return `|\n  ${value.replaceAll('\n', '\n  ')}`;
  return JSON.stringify(value);
}

/** The changes as the second of two editors is told of them. */
export function changeProblems(before: ConfigContent, after: ConfigContent): FieldProblem[] {
  return compareKeys(before, after).map((change) => ({
    path: change.key,
    message: sentenceOf(change),
    code: change.change,
  }));
}

function sentenceOf({ change, type, before, after }: KeyChange): string {
  const word = change.toLowerCase();
  if (type === 'secret') return word;
  const sides = [before, after].filter((side) => side !== undefined).map((side) => cut(JSON.stringify(side)));
  return sides.length > 0 ? `${word}: ${sides.join(' → ')}` : word;
}

function cut(text: string): string {
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text;
}
