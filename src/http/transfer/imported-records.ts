import type { KeyRing } from '../../apps/configs/key-ring.js';
import type { ExportRecord } from '../../backup/export-records.js';
import { BerthError } from '../../core/errors.js';
import type { KubeClient } from '../../kube/client.js';
import { customResource } from '../../kube/resources.js';
import type { KubeObject, Resource } from '../../kube/types.js';
import type { Cluster } from '../../model/cluster.js';
import { berthResources } from '../../model/kinds.js';
import { annotations } from '../../model/names.js';
import { ImportedVersions } from './imported-versions.js';
import {
  type ClusterRecord,
  type Destination,
  destinationOf,
  isOfTenant,
  objectOf,
  ownerOf,
} from './record-objects.js';

const FIELD_MANAGER = 'berth-api';
const AT_ONCE = 8;

const RESOURCES: Record<ClusterRecord['kind'], Resource> = {
  Instance: berthResources.Instance,
  Release: berthResources.Release,
  Operation: berthResources.Operation,
  Draft: customResource('apps/v1', { kind: 'ControllerRevision' }),
};

type Records = () => AsyncIterable<ExportRecord>;

/** What an export tells of a cluster beside its masters, made anew. Nothing acts on it before the Cluster is there. */
export class ImportedRecords {
  readonly #versions: ImportedVersions;

  constructor(
    private readonly client: KubeClient,
    keyRing: KeyRing,
    private readonly records: Records,
    caller: string,
  ) {
    this.#versions = new ImportedVersions(client, keyRing, caller);
  }

  /** Throws VersionsDiffer (409) when the tenant has other versions of the same names. */
  async check(tenant: string): Promise<void> {
    await this.#versions.check(tenant, this.records());
  }

  /** Makes them; what an attempt that was cut off left stays. Throws NamespaceTaken (409). */
  async make(cluster: Cluster): Promise<void> {
    const to = destinationOf(cluster);
    await this.#versions.make(to, this.records());
    const uids = new Map<string, string>();
    for await (const batch of batches(this.records())) {
      const own = batch.filter((record) => !isOfTenant(record)) as ClusterRecord[];
      await Promise.all(own.map((record) => this.#put(record, to, uids)));
    }
  }

  async #put(record: ClusterRecord, to: Destination, uids: Map<string, string>): Promise<void> {
    const object = objectOf(record, to, uids.get(ownerOf(record)?.name ?? ''));
    const resource = RESOURCES[record.kind];
    const made = await this.client.createOnce(object, { fieldManager: FIELD_MANAGER });
    const { uid = '' } = (made ?? (await this.#left(resource, object))).metadata;
    if (record.kind === 'Instance') uids.set(record.metadata.name, uid);
    if (!('status' in record)) return;
    const { status } = record;
    await this.client.patch(resource, object.metadata, { status }, { subresource: 'status' });
  }

  /** What another attempt with the same file made. */
  async #left(resource: Resource, object: KubeObject): Promise<KubeObject> {
    const found = await this.client.get(resource, object.metadata);
    if (originIn(found) === originIn(object)) return found;
    const { namespace = '', name } = object.metadata;
    throw new BerthError(
      'NamespaceTaken',
      `The namespace "${namespace}" holds another ${resource.kind} "${name}".`,
      {
        status: 409,
        fields: [{ path: 'name', message: 'its namespace is taken' }],
        next: 'Choose another name, or let an operator remove the namespace.',
      },
    );
  }
}

function originIn({ metadata }: KubeObject): string | undefined {
  return metadata.annotations?.[annotations.origin];
}

/** Records that may be made at once: of one kind, as one kind may own the next. */
export async function* batches(records: AsyncIterable<ExportRecord>): AsyncGenerator<ExportRecord[]> {
  let batch: ExportRecord[] = [];
  for await (const record of records) {
    const [first = record] = batch;
    if (first.kind !== record.kind || batch.length === AT_ONCE) {
      yield batch;
      batch = [];
    }
    batch.push(record);
  }
  if (batch.length > 0) yield batch;
}
