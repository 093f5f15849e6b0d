/** Configs of tenants: saving, reading, comparing, rolling back. */
import { digestOf } from '../../core/digest.js';
import type { KubeClient } from '../../kube/client.js';
import type { Config, ConfigContent, ConfigVersion, KeyType, StoredKey } from '../../model/config.js';
import { berthResources } from '../../model/kinds.js';
import { pack } from '../content.js';
import { type Edit, type Saved, type Version, VersionStore } from '../versions/version-store.js';
import { changeProblems } from './compare.js';
import type { KeyRing } from './key-ring.js';
import { editKeys, type KeyEdit, type KeyInput, type OpenBox } from './keys.js';
import { SecretBox } from './secrets.js';
import type { ConfigValue, ConfigValues } from './values.js';

export type SavedConfig = Saved<ConfigVersion, ConfigContent>;
export type ReadConfig = Version<ConfigVersion, ConfigContent>;

export interface ConfigsOptions {
  client: KubeClient;
  keyRing: KeyRing;
  inUse: (config: Config) => Iterable<number> | Promise<Iterable<number>>;
  now: () => Date;
}

/** A change of the newest keys; `types` says what values of imported texts are where they do not show it. */
export interface ConfigEdit extends KeyEdit {
  /** Names, or prefixes with `*`, of keys whose values are to be secret. */
  secrets?: readonly string[];
}

export class Configs {
  readonly versions: VersionStore<Config, ConfigVersion, ConfigContent>;
  readonly #ring: KeyRing;

  constructor({ client, keyRing, inUse, now }: ConfigsOptions) {
    this.#ring = keyRing;
    this.versions = new VersionStore({
      client,
      parent: berthResources.Config,
      version: berthResources.ConfigVersion,
      field: 'config',
      extra: ({ keys }) => ({ keyCount: keys.length }),
      describe: changeProblems,
      inUse,
      now,
    });
  }

  /** @throws BerthError `ConfigInvalid`, `ContentTooLarge` (422), `VersionConflict` (409) */
  async edit(config: Config, edit: Edit, changes: ConfigEdit): Promise<SavedConfig> {
    return this.versions.save(config, edit, async (before) => ({
      content: await edited(before?.content, changes, () => this.#box(config, before?.content.dataKey)),
    }));
  }

  /** Whether an edit would make a new version. */
  async differs(config: Config, changes: ConfigEdit): Promise<boolean> {
    const { content } = await this.versions.read(config, await this.versions.latest(config));
    const after = await edited(content, changes, () => this.#box(config, content.dataKey));
    return digestOf(after) !== digestOf(content);
  }

  /** Throws what a first version of these keys would be refused with; stores nothing. */
  async rehearse(changes: ConfigEdit): Promise<void> {
    const nobody = SecretBox.open(this.#ring, 'rehearsal');
    pack(await edited(undefined, changes, () => nobody));
  }

  /** A new version with the content of an old one. */
  async rollBack(config: Config, to: number, edit: Edit): Promise<SavedConfig> {
    const { content } = await this.versions.read(config, to);
    return this.versions.save(config, { ...edit, rollbackOf: to }, () => ({ content }));
  }

  /** Every key in plain, secrets too: for a render that is applied. */
  async values(config: Config, version: number): Promise<ConfigValues> {
    const { content } = await this.versions.read(config, version);
    const hasSecrets = content.keys.some(({ type }) => type === 'secret');
    const box = hasSecrets ? await this.#box(config, content.dataKey) : undefined;
    const keys = content.keys.map((key) => plainValue(key, box));
    return { config: config.metadata.name, version, keys };
  }

  #box({ metadata }: Config, wrapped: ConfigContent['dataKey']): Promise<SecretBox> {
    return SecretBox.open(this.#ring, `${metadata.namespace}/${metadata.name}`, wrapped);
  }
}

async function edited(
  before: ConfigContent | undefined,
  { secrets = [], ...edit }: ConfigEdit,
  openBox: OpenBox,
): Promise<ConfigContent> {
  const types = new Map(before?.keys.map(({ name, type }) => [name, type]));
  const set = edit.set.map((key) => coerced(key, secrets, types.get(key.name)));
  return editKeys(before, { ...edit, set }, openBox);
}

function plainValue(
  { name, type, value, base64, sealed }: StoredKey,
  box: SecretBox | undefined,
): ConfigValue {
  if (sealed !== undefined && box) return { name, type, value: textOrBytes(box.unseal(name, sealed)) };
  return { name, type, value: base64 === undefined ? value : new Uint8Array(Buffer.from(base64, 'base64')) };
}

function textOrBytes(bytes: Buffer): string | Uint8Array {
  const text = bytes.toString();
  return Buffer.from(text).equals(bytes) ? text : new Uint8Array(bytes);
}

/** A text for a key that is a number, a bool or a secret already, or shall be secret. */
function coerced(key: KeyInput, secrets: readonly string[], known: KeyType | undefined): KeyInput {
  const { name, type, value } = key;
  if (type !== undefined || value === undefined) return key;
  if (known === 'secret' || matches(name, secrets)) return { ...key, type: 'secret', value: textOf(value) };
  if (typeof value !== 'string') return key;
  if (known === 'number' && value.trim() !== '' && Number.isFinite(Number(value))) {
    return { ...key, value: Number(value) };
  }
  return known === 'bool' && /^(true|false)$/.test(value) ? { ...key, value: value === 'true' } : key;
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

/** Whether a name is one of a list of names and `prefix*` patterns. */
export function matches(name: string, patterns: readonly string[]): boolean {
  return patterns.some((pattern) =>
    pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern,
  );
}
