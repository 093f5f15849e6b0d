import { BerthError } from '../../core/errors.js';
import type { CacheReader } from '../../kube/cache.js';
import type { KubeClient } from '../../kube/client.js';
import type { Informers } from '../../kube/informers.js';
import type { Config } from '../../model/config.js';
import type { VersionRef } from '../../model/instance.js';
import { berthResources } from '../../model/kinds.js';
import { tenantNamespace } from '../../model/names.js';
import type { Template, TemplateContent } from '../../model/template.js';
import { versionName } from '../../model/versions.js';
import { Configs } from '../configs/configs.js';
import type { KeyRing } from '../configs/key-ring.js';
import type { ConfigValues } from '../configs/values.js';
import { unpack } from '../content.js';
import { ContentCache } from '../versions/content-cache.js';
import type { VersionReader } from './stored-renderer.js';

export interface VersionLibraryOptions {
  client: KubeClient;
  /** Those of the process, so that every kind is read once. */
  informers: Informers;
  keyRing: KeyRing;
  now: () => Date;
}

/** Versions of templates and configs as they are stored. One that was read lately costs no request. */
export class VersionLibrary implements VersionReader {
  readonly #client: KubeClient;
  readonly #configs: Configs;
  readonly #contents = new ContentCache<TemplateContent>();
  readonly #templateCache: CacheReader<Template>;
  readonly #configCache: CacheReader<Config>;

  constructor({ client, informers, keyRing, now }: VersionLibraryOptions) {
    this.#client = client;
    this.#configs = new Configs({ client, keyRing, now, inUse: () => [] });
    this.#templateCache = informers.informer(berthResources.Template).cache;
    this.#configCache = informers.informer(berthResources.Config).cache;
  }

  /** @throws BerthError TemplateVersionNotFound (404), ContentDamaged */
  async template(tenant: string, { name, version }: VersionRef): Promise<TemplateContent> {
    const namespace = tenantNamespace(tenant);
    const template = this.#templateCache.get({ namespace, name });
    const known = template && this.#contents.get(keyOf(template.metadata.uid, version));
    if (known) return known;
    const ref = { namespace, name: versionName(name, version) };
    const found = await this.#client.find(berthResources.TemplateVersion, ref);
    if (!found) throw versionMissing('TemplateVersionNotFound', 'template', name, version);
    const content = unpack<TemplateContent>(found.spec);
    const key = keyOf(found.metadata.ownerReferences?.[0]?.uid, version);
    this.#contents.set(key, content, JSON.stringify(content).length);
    return content;
  }

  /** @throws BerthError ConfigNotFound, ConfigVersionNotFound (404), ConfigKeyMissing (409), ContentDamaged */
  async config(tenant: string, { name, version }: VersionRef): Promise<ConfigValues> {
    const ref = { namespace: tenantNamespace(tenant), name };
    const config = this.#configCache.get(ref) ?? (await this.#client.find(berthResources.Config, ref));
    if (!config) throw versionMissing('ConfigVersionNotFound', 'config', name, version);
    return this.#configs.values(config, version);
  }
}

/** A template that was deleted and made anew has versions of the same names. */
function keyOf(uid: string | undefined, version: number): string {
  return `${uid} ${version}`;
}

function versionMissing(code: string, what: string, name: string, version: number): BerthError {
  return new BerthError(code, `There is no version ${version} of ${what} "${name}".`, {
    status: 404,
    next: `List its versions: berth ${what} versions ${name}.`,
  });
}
