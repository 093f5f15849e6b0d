import { BerthError } from '../../core/errors.js';
import type { KubeClient } from '../../kube/client.js';
import type { VersionRef } from '../../model/instance.js';
import { berthResources } from '../../model/kinds.js';
import { tenantNamespace } from '../../model/names.js';
import type { TemplateContent } from '../../model/template.js';
import { versionName } from '../../model/versions.js';
import { Configs } from '../configs/configs.js';
import type { KeyRing } from '../configs/key-ring.js';
import type { ConfigValues } from '../configs/values.js';
import { unpack } from '../content.js';
import type { VersionReader } from './stored-renderer.js';

/** Template versions kept in memory; each may be some MiB. */
const KEPT_TEMPLATES = 32;

/** Versions of templates and configs as they are stored. */
export class VersionLibrary implements VersionReader {
  readonly #configs: Configs;
  /** By uid: a template that was deleted and made anew has versions of the same names. */
  readonly #templates = new Map<string, TemplateContent>();

  constructor(
    private readonly client: KubeClient,
    keyRing: KeyRing,
    now: () => Date,
  ) {
    this.#configs = new Configs({ client, keyRing, now, inUse: () => [] });
  }

  /** @throws BerthError TemplateVersionNotFound (404), ContentDamaged */
  async template(tenant: string, { name, version }: VersionRef): Promise<TemplateContent> {
    const ref = { namespace: tenantNamespace(tenant), name: versionName(name, version) };
    const found = await this.client.find(berthResources.TemplateVersion, ref);
    if (!found) throw versionMissing('TemplateVersionNotFound', 'template', name, version);
    const { uid = '' } = found.metadata;
    const content = this.#templates.get(uid) ?? unpack<TemplateContent>(found.spec);
    this.#templates.delete(uid);
    this.#templates.set(uid, content);
    const [oldest] = this.#templates.keys();
    if (this.#templates.size > KEPT_TEMPLATES && oldest !== undefined) this.#templates.delete(oldest);
    return content;
  }

  /** @throws BerthError ConfigNotFound, ConfigVersionNotFound (404), ConfigKeyMissing (409), ContentDamaged */
  async config(tenant: string, { name, version }: VersionRef): Promise<ConfigValues> {
    const ref = { namespace: tenantNamespace(tenant), name };
    const config = await this.client.find(berthResources.Config, ref);
    if (!config) throw versionMissing('ConfigVersionNotFound', 'config', name, version);
    return this.#configs.values(config, version);
  }
}

function versionMissing(code: string, what: string, name: string, version: number): BerthError {
  return new BerthError(code, `There is no version ${version} of ${what} "${name}".`, {
    status: 404,
    next: `List its versions: berth ${what} versions ${name}.`,
  });
}
