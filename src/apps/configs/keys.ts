/** Editing the keys of a config: every value fits its type, every name its neighbours. */
import type { FieldProblem } from '../../core/errors.js';
import { type ConfigContent, keyName, type KeyType, type StoredKey } from '../../model/config.js';
import { refuseProblems } from '../problems.js';
import type { SecretBox } from './secrets.js';
import { pathOf } from './values.js';

/** A key as an editor sends it. */
export interface KeyInput {
  name: string;
  /** Absent: the type the key has, else what the value looks like. */
  type?: KeyType;
  /** Absent for a secret that stays what it is, and when `base64` is there. */
  value?: unknown;
  /** Bytes of a file or a secret. */
  base64?: string;
  description?: string;
}

export interface KeyEdit {
  set: readonly KeyInput[];
  unset?: readonly string[];
  /** Keys that `set` does not name go. */
  replace?: boolean;
}

/** Opened only when there is a secret to seal or to compare. */
export type OpenBox = () => Promise<SecretBox>;

/** @throws BerthError `ConfigInvalid` (422) with every problem */
export async function editKeys(
  before: ConfigContent | undefined,
  edit: KeyEdit,
  openBox: OpenBox,
): Promise<ConfigContent> {
  const old = new Map((before?.keys ?? []).map((key) => [key.name, key]));
  const box = needsBox(edit.set, old) ? await openBox() : undefined;
  const { keys, problems } = changed(old, edit, box);
  refuseProblems('ConfigInvalid', [...problems, ...nestingProblems(keys.map(({ name }) => name))]);
  const wrapped = box?.wrapped ?? before?.dataKey;
  const isSealed = keys.some(({ type }) => type === 'secret');
  return { keys, ...(isSealed && wrapped && { dataKey: wrapped }) };
}

/** The keys after an edit, by name, and what is wrong with it. */
function changed(
  old: ReadonlyMap<string, StoredKey>,
  { set, unset = [], replace = false }: KeyEdit,
  box: SecretBox | undefined,
): { keys: StoredKey[]; problems: FieldProblem[] } {
  const problems: FieldProblem[] = unset
    .filter((name) => !old.has(name))
    .map((name) => ({ path: name, message: 'there is no such key to remove', code: 'UnknownKey' }));
  const keys = new Map(replace ? [] : old);
  for (const name of unset) keys.delete(name);
  const seen = new Set<string>();
  for (const input of set) {
    if (seen.has(input.name))
      problems.push({ path: input.name, message: 'is given twice', code: 'Duplicate' });
    seen.add(input.name);
    const stored = storedKeyOf(input, old.get(input.name), box);
    if ('message' in stored) problems.push({ path: input.name, ...stored });
    else keys.set(input.name, stored);
  }
  return { keys: [...keys.values()].sort((a, b) => (a.name < b.name ? -1 : 1)), problems };
}

function needsBox(set: readonly KeyInput[], old: ReadonlyMap<string, StoredKey>): boolean {
  return set.some((input) => typeOf(input, old.get(input.name)) === 'secret');
}

type Refusal = Pick<FieldProblem, 'message' | 'code'>;

function storedKeyOf(
  input: KeyInput,
  old: StoredKey | undefined,
  box: SecretBox | undefined,
): StoredKey | Refusal {
  if (!keyName.safeParse(input.name).success) {
    return {
      message: 'is no name of a key: letters, digits and "_-/@:+~" with dots between',
      code: 'KeyName',
    };
  }
  const type = typeOf(input, old);
  const description = input.description ?? old?.description;
  const common = { name: input.name, type, ...(description !== undefined && { description }) };
  if (type === 'secret') return sealedKey(common, input, old, box);
  if (input.base64 !== undefined) {
    if (type !== 'file')
      return { message: `is a ${type}: only files and secrets take base64`, code: 'KeyType' };
    return fileOf(common, input.base64);
  }
  const refusal = refusalOf(type, input.value) ?? unstorable(input.value);
  return refusal ? { message: refusal, code: 'KeyType' } : { ...common, value: input.value };
}

function typeOf({ type, value, base64 }: KeyInput, old: StoredKey | undefined): KeyType {
  if (type ?? old) return type ?? old?.type ?? 'string';
  if (base64 !== undefined) return 'file';
  if (Array.isArray(value)) return 'list';
  if (typeof value === 'number') return 'number';
  if (typeof value === 'boolean') return 'bool';
  return typeof value === 'object' && value !== null ? 'map' : 'string';
}

/** A secret without a value keeps the one it has. */
function sealedKey(
  common: Pick<StoredKey, 'name' | 'type'>,
  input: KeyInput,
  old: StoredKey | undefined,
  box: SecretBox | undefined,
): StoredKey | Refusal {
  const kept = old?.type === 'secret' ? old.sealed : undefined;
  if (input.value === undefined && input.base64 === undefined) {
    if (kept === undefined) return { message: 'is a secret without a value', code: 'KeyType' };
    return { ...common, sealed: kept };
  }
  const plain = plainOf(input);
  if (!plain) return { message: 'must be text', code: 'KeyType' };
  if (!box) throw new Error('a secret needs an open box');
  const isSame = kept !== undefined && box.unseal(input.name, kept).equals(plain);
  return { ...common, sealed: isSame ? kept : box.seal(input.name, plain) };
}

function plainOf({ value, base64 }: KeyInput): Buffer | undefined {
  if (base64 !== undefined) return Buffer.from(base64, 'base64');
  return typeof value === 'string' && value.isWellFormed() ? Buffer.from(value) : undefined;
}

/** Bytes that are text are kept as text, so that they can be read and compared. */
function fileOf(common: Pick<StoredKey, 'name' | 'type'>, base64: string): StoredKey | Refusal {
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(base64)) return { message: 'is no base64', code: 'KeyType' };
  const bytes = Buffer.from(base64, 'base64');
  const text = bytes.toString();
  const isText = !text.includes('\0') && Buffer.from(text).equals(bytes);
  return isText ? { ...common, value: text } : { ...common, base64: bytes.toString('base64') };
}

const isText = (value: unknown): boolean => typeof value === 'string';

/** What a value of each type has to be. */
const RULES: Readonly<
  Record<Exclude<KeyType, 'secret'>, { message: string; fits: (value: unknown) => boolean }>
> = {
  string: { message: 'must be text', fits: isText },
  file: { message: 'must be text, or bytes in base64', fits: isText },
  number: {
    message: 'must be a number',
    fits: (value) => typeof value === 'number' && Number.isFinite(value),
  },
  bool: { message: 'must be true or false', fits: (value) => typeof value === 'boolean' },
  list: { message: 'must be a list', fits: Array.isArray },
  map: {
    message: 'must be a map',
    fits: (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  },
  image: {
    message: 'must be an image such as registry.example/shop/web:1.2',
    fits: (value) => typeof value === 'string' && /^[\w./:@-]+$/.test(value),
  },
};

function refusalOf(type: Exclude<KeyType, 'secret'>, value: unknown): string | undefined {
  return RULES[type].fits(value) ? undefined : RULES[type].message;
}

const MAX_DEPTH = 50;

/** Why a value would not come back from the API server as it went there. */
function unstorable(value: unknown, depth = 0): string | undefined {
  if (typeof value === 'string') return value.isWellFormed() ? undefined : 'is no well-formed Unicode text';
  if (typeof value !== 'object' || value === null) return undefined;
  if (depth === MAX_DEPTH) return `is nested more than ${MAX_DEPTH} deep`;
  const parts: unknown[] = Object.entries(value).flat();
  return parts.map((part) => unstorable(part, depth + 1)).find((found) => found !== undefined);
}

/** `a` and `a.b` cannot both be: one is a value, the other makes it a map. */
function nestingProblems(names: readonly string[]): FieldProblem[] {
  const values = new Set(names.map((name) => pathOf(name).join('\0')));
  return names.flatMap((name) => {
    const path = pathOf(name);
    const above = path.findIndex((_, i) => i > 0 && values.has(path.slice(0, i).join('\0')));
    if (above < 0) return [];
    const upper = path.slice(0, above).join('.');
    return [
      { path: name, message: `lies inside of "${upper}", which is a key with a value`, code: 'KeysNested' },
    ];
  });
}
