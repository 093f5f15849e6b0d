/** What an export tells of a cluster beside its masters, read from the meta-cluster. */
import type { KeyRing } from '../../apps/configs/key-ring.js';
import { draftRevisions } from '../../apps/revisions.js';
import type { ExportRecord, RecordOf } from '../../backup/export-records.js';
import { unpack } from '../../apps/content.js';
import type { KubeClient } from '../../kube/client.js';
import type { KubeObject, Resource } from '../../kube/types.js';
import type { Cluster } from '../../model/cluster.js';
import type { ConfigContent } from '../../model/config.js';
import type { Instance } from '../../model/instance.js';
import { berthResources } from '../../model/kinds.js';
import { annotations, tenantNamespace } from '../../model/names.js';
import { withOrigin } from '../../model/origin.js';
import type { Release } from '../../model/release.js';
import { versionName } from '../../model/versions.js';
import { isFinished } from '../../operations/timeline.js';
import type { Views } from '../views.js';
import { carriedApplication, type Named, namedVersions } from './named-versions.js';

/** Of those that began a deletion: it is not carried along. */
const DELETION: ReadonlySet<string> = new Set([annotations.deletedBy, annotations.deleteVolumes]);

export class ExportedRecords {
  readonly #namespace: string;
  readonly #tenant: string;

  constructor(
    private readonly client: KubeClient,
    private readonly views: Views,
    private readonly keyRing: KeyRing,
    cluster: Cluster,
  ) {
    this.#namespace = cluster.metadata.namespace ?? '';
    this.#tenant = tenantNamespace(cluster.spec.tenant);
  }

  /** In the order in which they can be made again. @throws BerthError `ConfigKeyMissing` (409) */
  async *read(): AsyncGenerator<ExportRecord> {
    const instances = this.#own(this.views.instances.all());
    const releases = this.#own(this.views.releases.all());
    const applications = this.#applicationsOf(instances);
    const named = namedVersions({ instances, releases, applications });
    for (const [name, versions] of named.templates) yield* this.#template(name, versions);
    for (const [name, versions] of named.configs) yield* this.#config(name, versions);
    for (const application of applications) {
      const spec = carriedApplication(application.spec, named);
      if (spec) yield { kind: 'Application', metadata: metadataOf(application), spec };
    }
    for (const one of instances) yield { kind: 'Instance', metadata: metadataOf(one), spec: one.spec };
    for (const release of releases) yield releaseRecord(release);
    for (const instance of instances) yield* this.#drafts(instance);
    yield* this.#operations();
  }

  *#operations(): Generator<RecordOf<'Operation'>> {
    for (const operation of this.#own(this.views.operations.all())) {
      const { spec, status } = operation;
      if (status && isFinished(status))
        yield { kind: 'Operation', metadata: metadataOf(operation), spec, status };
    }
  }

  async *#template(name: string, versions: Named): AsyncGenerator<ExportRecord> {
    const { Template, TemplateVersion } = berthResources;
    const template = await this.client.find(Template, this.#ref(name));
    if (!template) return;
    yield { kind: 'Template', metadata: metadataOf(template), spec: template.spec };
    for (const version of withLatest(versions, template.status?.latest)) {
      const found = await this.#version(TemplateVersion, name, version);
      if (found) yield { kind: 'TemplateVersion', metadata: metadataOf(found), spec: found.spec };
    }
  }

  async *#config(name: string, versions: Named): AsyncGenerator<ExportRecord> {
    const { Config, ConfigVersion } = berthResources;
    const config = await this.client.find(Config, this.#ref(name));
    if (!config) return;
    yield { kind: 'Config', metadata: metadataOf(config), spec: config.spec };
    for (const version of withLatest(versions, config.status?.latest)) {
      const found = await this.#version(ConfigVersion, name, version);
      if (!found) continue;
      const { dataKey: wrapped } = unpack<ConfigContent>(found.spec);
      const dataKey = wrapped && (await this.keyRing.unwrap(wrapped)).toString('base64');
      const key = dataKey === undefined ? {} : { dataKey };
      yield { kind: 'ConfigVersion', metadata: metadataOf(found), spec: found.spec, ...key };
    }
  }

  async *#drafts(instance: Instance): AsyncGenerator<RecordOf<'Draft'>> {
    const { name } = instance.metadata;
    for (const draft of await draftRevisions.list(this.client, instance)) {
      const { revision: generation, data: spec } = draft;
      yield { kind: 'Draft', metadata: metadataOf(draft), instance: name, generation, spec };
    }
  }

  #applicationsOf(instances: readonly Instance[]) {
    const names = new Set(instances.map(({ spec }) => spec.application));
    return this.views.applications
      .all()
      .filter(({ metadata }) => metadata.namespace === this.#tenant && names.has(metadata.name));
  }

  #version<T extends KubeObject>(resource: Resource<T>, name: string, version: number) {
    return this.client.find(resource, this.#ref(versionName(name, version)));
  }

  #ref(name: string) {
    return { namespace: this.#tenant, name };
  }

  #own<T extends KubeObject>(objects: readonly T[]): T[] {
    return objects.filter(({ metadata }) => metadata.namespace === this.#namespace);
  }
}

/** The newest one too: whoever saves the next counts on from it. */
function withLatest(versions: Named, latest: number | undefined): number[] {
  return [...new Set([...versions, latest ?? 0])].filter((version) => version > 0).toSorted((a, b) => a - b);
}

function releaseRecord(release: Release): RecordOf<'Release'> {
  const { spec, status } = release;
  return { kind: 'Release', metadata: metadataOf(release), spec, ...(status && { status }) };
}

function metadataOf(object: KubeObject): ExportRecord['metadata'] {
  const { name, labels = {} } = object.metadata;
  const kept = Object.entries(withOrigin(object)).filter(
    ([key]) => !DELETION.has(key) && !key.startsWith('kubectl.kubernetes.io/'),
  );
  return { name, labels, annotations: Object.fromEntries(kept) };
}
