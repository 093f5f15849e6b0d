/**
 * Who changed the spec of an object, when and why: an apps/v1 ControllerRevision for each generation, which goes with
 * the object. What has numbered versions (templates, configs) or records of its own (releases) needs none.
 */
import type { KubeClient } from '../kube/client.js';
import { customResource } from '../kube/resources.js';
import type { KubeObject, ManagedFields } from '../kube/types.js';
import type { Application } from '../model/application.js';
import type { Instance } from '../model/instance.js';
import { annotations, labels } from '../model/names.js';
import { originOf } from '../model/origin.js';

export interface Revision<Spec> extends KubeObject {
  /** The generation that came of the change. */
  revision: number;
  data: Spec;
}

/** Who changed an object, and why. */
export interface Cause {
  user: string;
  reason?: string;
}

type Changing = KubeObject & { spec: object };

/** Older ones go. */
const KEPT = 200;

/** The revisions of the objects of one kind. */
export class Revisions<T extends Changing> {
  readonly #resource = customResource<Revision<T['spec']>>('apps/v1', { kind: 'ControllerRevision' });

  /**
   * @param prefix of the names of revisions, before that of the object
   * @param label under which a revision has the name of the object
   */
  constructor(
    private readonly prefix: string,
    private readonly label: string,
  ) {}

  /** Writes down the object as it is; nothing when this generation is written down already. */
  async record(client: KubeClient, object: T, cause: Cause): Promise<void> {
    const { namespace } = object.metadata;
    const { generation } = originOf(object);
    await this.#create(client, this.#revisionOf(object, cause));
    if (generation > KEPT)
      await client.delete(this.#resource, { namespace, name: this.#nameOf(object, generation - KEPT) });
  }

  /** What was changed past the REST API, with kubectl or by a rollout, is written down before the next change. */
  async recordUnseen(client: KubeClient, object: T): Promise<void> {
    const { namespace } = object.metadata;
    const { generation } = originOf(object);
    const known = await client.find(this.#resource, { namespace, name: this.#nameOf(object, generation) });
    const { manager: user = 'unknown' } = lastChangeOf(object);
    if (!known || !isOf(object, known)) await this.record(client, object, { user });
  }

  /** All that are kept, the oldest first, with the object as it is now, whether that is written down yet or not. */
  async list(client: KubeClient, object: T): Promise<Revision<T['spec']>[]> {
    const { namespace, name } = object.metadata;
    const { generation } = originOf(object);
    const labelSelector = `${this.label}=${name}`;
    const { items } = await client.list(this.#resource, { namespace, labelSelector });
    const own = items.filter((one) => isOf(object, one));
    const isKnown = own.some(({ revision }) => revision === generation);
    const all = isKnown ? own : [...own, this.#unseen(object)];
    return all.toSorted((a, b) => a.revision - b.revision);
  }

  /** One of this name may be left of an object that was deleted and made anew. */
  async #create(client: KubeClient, revision: Revision<T['spec']>): Promise<void> {
    const options = { fieldManager: 'berth-api' };
    if (await client.createOnce(revision, options)) return;
    const there = await client.find(this.#resource, revision.metadata);
    if (there && ownerOf(there) === ownerOf(revision)) return;
    await client.delete(this.#resource, revision.metadata);
    await client.create(revision, options);
  }

  #revisionOf(object: T, { user, reason }: Cause): Revision<T['spec']> {
    const { apiVersion, kind, metadata, spec } = object;
    const { namespace, name, uid = '' } = metadata;
    const { generation } = originOf(object);
    const told = {
      [annotations.changedBy]: user,
      ...(reason !== undefined && { [annotations.reason]: reason }),
    };
    return {
      apiVersion: 'apps/v1',
      kind: 'ControllerRevision',
      metadata: {
        name: this.#nameOf(object, generation),
        namespace,
        labels: { [this.label]: name },
        annotations: told,
        ownerReferences: [{ apiVersion, kind, name, uid }],
      },
      revision: generation,
      data: spec,
    };
  }

  /** Dots, because the names of objects have none. */
  #nameOf({ metadata }: T, generation: number): string {
    return `${this.prefix}.${metadata.name}.${generation}`;
  }

  /** The object as somebody left it who did not ask the REST API. */
  #unseen(object: T): Revision<T['spec']> {
    const { manager = 'unknown', time } = lastChangeOf(object);
    const revision = this.#revisionOf(object, { user: manager });
    const creationTimestamp = time ?? object.metadata.creationTimestamp;
    return { ...revision, metadata: { ...revision.metadata, creationTimestamp } };
  }
}

export const draftRevisions = new Revisions<Instance>('draft', labels.instance);
export const applicationRevisions = new Revisions<Application>('application', labels.application);

/** Who made an object what it is in a revision, and why. */
export function causeOf({ metadata }: KubeObject): Cause {
  const { [annotations.changedBy]: user = 'unknown', [annotations.reason]: reason } =
    metadata.annotations ?? {};
  return { user, ...(reason !== undefined && { reason }) };
}

function ownerOf({ metadata }: KubeObject): string | undefined {
  return metadata.ownerReferences?.[0]?.uid;
}

function isOf(object: KubeObject, revision: KubeObject): boolean {
  return ownerOf(revision) === object.metadata.uid;
}

function lastChangeOf({ metadata }: KubeObject): Pick<ManagedFields, 'manager' | 'time'> {
  const own = (metadata.managedFields ?? []).filter(({ subresource }) => !subresource);
  return own.toSorted((a, b) => (a.time ?? '').localeCompare(b.time ?? '')).at(-1) ?? {};
}
