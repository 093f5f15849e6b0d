import { Configs } from '../../apps/configs/configs.js';
import type { KeyRing } from '../../apps/configs/key-ring.js';
import { pack, unpack } from '../../apps/content.js';
import { applicationRevisions } from '../../apps/revisions.js';
import { Templates } from '../../apps/templates/templates.js';
import type { ExportRecord, RecordOf } from '../../backup/export-records.js';
import { digestOf } from '../../core/digest.js';
import { BerthError } from '../../core/errors.js';
import type { KubeClient } from '../../kube/client.js';
import type { KubeObject, Resource } from '../../kube/types.js';
import type { Versioned } from '../../apps/versions/version-store.js';
import type { Application } from '../../model/application.js';
import type { ConfigContent, WrappedKey } from '../../model/config.js';
import { berthResources } from '../../model/kinds.js';
import { tenantNamespace } from '../../model/names.js';
import { claimTenantNamespace } from '../apps/tenant-objects.js';
import {
  type Destination,
  isOfTenant,
  objectOf,
  ownerOf,
  type TenantRecord,
  type VersionRecord,
} from './record-objects.js';

const FIELD_MANAGER = 'berth-api';
const REASON = 'came with a cluster that was imported';

type Stored = KubeObject & { spec: VersionRecord['spec'] };

/** What of a template or config is in the tenant already. */
interface Known {
  kind: string;
  name: string;
  /** A version that the file has, too. */
  isShared: boolean;
}

/**
 * The templates, configs and applications that instances of an imported cluster are made from. They are the tenant's:
 * what it has stays as it is.
 */
export class ImportedVersions {
  readonly #wrapped = new Map<string, Promise<WrappedKey>>();
  readonly #configs: Configs;
  readonly #templates: Templates;

  constructor(
    private readonly client: KubeClient,
    private readonly keyRing: KeyRing,
    private readonly caller: string,
  ) {
    const common = { client, inUse: () => [], now: () => new Date() };
    this.#configs = new Configs({ ...common, keyRing });
    this.#templates = new Templates(common);
  }

  /** Throws VersionsDiffer (409) when the tenant has another template or config of the same name. */
  async check(tenant: string, records: AsyncIterable<ExportRecord>): Promise<void> {
    const namespace = tenantNamespace(tenant);
    const known = new Map<string, Known>();
    for await (const record of records) {
      if (record.kind === 'Template' || record.kind === 'Config') {
        const { name } = record.metadata;
        const resource: Resource = berthResources[record.kind];
        const found = await this.client.find(resource as Resource<Versioned>, { namespace, name });
        if (found?.status?.latest !== undefined)
          known.set(keyOf(record.kind, name), { kind: record.kind, name, isShared: false });
      }
      if (isVersion(record)) await this.#compare(record, namespace, known);
    }
    const stranger = [...known.values()].find(({ isShared }) => !isShared);
    if (stranger) throw versionsDiffer(stranger, 'shares no version with the one in the file');
  }

  async make(to: Destination, records: AsyncIterable<ExportRecord>): Promise<void> {
    const uids = new Map<string, string>();
    for await (const record of records) {
      if (!isOfTenant(record)) continue;
      if (uids.size === 0) await claimTenantNamespace(this.client, to.tenant);
      const owner = ownerOf(record);
      const uid = owner && uids.get(keyOf(owner.kind, owner.name));
      const object = await this.#put(objectOf(await this.#rewrapped(record), to, uid));
      if (!isVersion(record)) uids.set(keyOf(record.kind, record.metadata.name), object.metadata.uid ?? '');
    }
    for (const key of uids.keys()) await this.#tellLatest(key, to.tenantNamespace);
  }

  async #put(object: KubeObject): Promise<KubeObject> {
    const made = await this.client.createOnce(object, { fieldManager: FIELD_MANAGER });
    if (made?.kind === 'Application') {
      const cause = { user: this.caller, reason: REASON };
      await applicationRevisions.record(this.client, made as Application, cause);
    }
    if (made) return made;
    const resource: Resource = berthResources[object.kind as TenantRecord['kind']];
    return this.client.get(resource, object.metadata);
  }

  /** A version with its data key wrapped by a key of this installation; sealed texts stay as they are. */
  async #rewrapped(record: TenantRecord): Promise<TenantRecord> {
    if (record.kind !== 'ConfigVersion' || record.dataKey === undefined) return record;
    const { content: _content, packed: _packed, ...rest } = record.spec;
    const content = { ...contentOf(record), dataKey: await this.#wrap(record.dataKey) };
    return { ...record, spec: { ...rest, ...pack(content) } };
  }

  /** Versions that shared their data key go on sharing it: equal contents stay equal. */
  #wrap(dataKey: string): Promise<WrappedKey> {
    const known = this.#wrapped.get(dataKey) ?? this.keyRing.wrap(Buffer.from(dataKey, 'base64'));
    this.#wrapped.set(dataKey, known);
    return known;
  }

  async #compare(record: VersionRecord, namespace: string, known: Map<string, Known>): Promise<void> {
    const resource = berthResources[record.kind] as unknown as Resource<Stored>;
    const found = await this.client.find(resource, { namespace, name: record.metadata.name });
    const owner = ownerOf(record);
    if (!found || !owner) return;
    if (contentDigest(found) !== contentDigest(record))
      throw versionsDiffer(owner, `has another version ${record.spec.version} than the one in the file`);
    const shared = known.get(keyOf(owner.kind, owner.name));
    if (shared) shared.isShared = true;
  }

  async #tellLatest(key: string, namespace: string): Promise<void> {
    const [kind, name = ''] = key.split(' ');
    const ref = { namespace, name };
    if (kind === 'Config')
      await this.#configs.versions.newest(await this.client.get(berthResources.Config, ref));
    if (kind === 'Template')
      await this.#templates.versions.newest(await this.client.get(berthResources.Template, ref));
  }
}

function isVersion(record: ExportRecord): record is VersionRecord {
  return record.kind === 'TemplateVersion' || record.kind === 'ConfigVersion';
}

/** Of what people put in: the wrapping of the data key is another in each installation. */
function contentDigest(version: { kind: string; spec: VersionRecord['spec'] }): string {
  return version.kind === 'ConfigVersion'
    ? digestOf(contentOf(version as Pick<RecordOf<'ConfigVersion'>, 'spec'>).keys)
    : version.spec.digest;
}

function contentOf({ spec }: Pick<RecordOf<'ConfigVersion'>, 'spec'>): ConfigContent {
  return unpack<ConfigContent>(spec);
}

function keyOf(kind: string, name: string): string {
  return `${kind} ${name}`;
}

function versionsDiffer({ kind, name }: { kind: string; name: string }, why: string): BerthError {
  return new BerthError('VersionsDiffer', `The ${kind} "${name}" of the tenant ${why}.`, {
    status: 409,
    next: 'Leave the instances out (--without-instances), or import where the tenant has no such object.',
  });
}
