/** Immutable numbered versions of templates and configs as objects of the tenant's namespace. */
import { BerthError, type FieldProblem } from '../../core/errors.js';
import type { KubeClient } from '../../kube/client.js';
import { isConflict, isNotFound } from '../../kube/kube-error.js';
import type { TableRow } from '../../kube/table.js';
import type { KubeObject, Resource } from '../../kube/types.js';
import { API_VERSION, labels } from '../../model/names.js';
import { type LatestStatus, versionName } from '../../model/versions.js';
import { pack, unpack } from '../content.js';
import { ContentCache } from './content-cache.js';

/** A Template or a Config. */
export interface Versioned extends KubeObject {
  spec: { retention: { keep: number } };
  status?: LatestStatus;
}

/** A TemplateVersion or a ConfigVersion. */
export interface VersionObject<C> extends KubeObject {
  spec: {
    version: number;
    author: string;
    reason?: string;
    digest: string;
    basedOn?: number;
    rollbackOf?: number;
    content?: C;
    packed?: string;
    [field: string]: unknown;
  };
}

export interface VersionStoreOptions<P extends Versioned, V extends VersionObject<C>, C> {
  client: KubeClient;
  /** The kind whose versions these are, and the field and label in which they name it. */
  parent: Resource<P>;
  version: Resource<V>;
  field: 'template' | 'config';
  /** Fields of the spec beside the content. */
  extra: (content: C) => Record<string, unknown>;
  /** What the second of two editors is told of what the first one changed. */
  describe: (before: C, after: C) => FieldProblem[];
  /** Versions that may not be deleted. */
  inUse: (parent: P) => Iterable<number> | Promise<Iterable<number>>;
  now: () => Date;
}

/** Who saves, why, and what they had before them. */
export interface Edit {
  author: string;
  reason?: string;
  /** The version the editor began with: saving is refused when it is no longer the newest. */
  basedOn?: number;
  rollbackOf?: number;
}

export interface Draft<C> {
  content: C;
  extra?: Record<string, unknown>;
}

export interface Version<V, C> {
  object: V;
  content: C;
}

export interface Saved<V, C> extends Version<V, C> {
  /** False when nothing was different from the newest version. */
  isNew: boolean;
}

const FIELD_MANAGER = 'berth-api';
const ATTEMPTS = 5;

export class VersionStore<P extends Versioned, V extends VersionObject<C>, C> {
  readonly #cache = new ContentCache<Version<V, C>>();

  constructor(private readonly options: VersionStoreOptions<P, V, C>) {}

  /** Number of the newest version; 0 when there is none. */
  async latest(parent: P): Promise<number> {
    return parent.status?.latest ?? (await this.#countedLatest(parent));
  }

  /** The newest version; undefined when there is none. Tells it on the parent where a crash came before that. */
  async newest(parent: P): Promise<Version<V, C> | undefined> {
    const latest = await this.#countedLatest(parent);
    const newest = latest > 0 ? await this.read(parent, latest) : undefined;
    if (newest) await this.#heal(parent, newest.object);
    return newest;
  }

  /** @throws BerthError `ConfigVersionNotFound`, `TemplateVersionNotFound` (404), `ContentDamaged` */
  async read(parent: P, version: number): Promise<Version<V, C>> {
    const { client, version: resource } = this.options;
    const { name, namespace, uid } = parent.metadata;
    const key = `${uid} ${version}`;
    const known = this.#cache.get(key);
    if (known) return known;
    const object = await client.find(resource, { namespace, name: versionName(name, version) });
    if (!object) throw versionNotFound(resource.kind, name, version);
    const found = { object, content: unpack<C>(object.spec) };
    this.#cache.set(key, found, JSON.stringify(object.spec).length);
    return found;
  }

  /** What the lists of versions show, the newest first. */
  async rows(parent: P): Promise<TableRow[]> {
    const { client, version, field } = this.options;
    const { name, namespace } = parent.metadata;
    const rows = await client.table(version, { namespace, labelSelector: `${labels[field]}=${name}` });
    return rows.sort((a, b) => numberOf(b) - numberOf(a));
  }

  /**
   * Saves what `change` makes of the newest content. Creating the object is what counts: its name holds its number, so
   * of two editors only one can be first. Without `basedOn` a change that came too late is made again on top.
   * @throws BerthError `VersionConflict` (409), `ContentTooLarge` (422), and what `change` throws
   */
  async save(
    parent: P,
    edit: Edit,
    change: (before: Version<V, C> | undefined) => Draft<C> | Promise<Draft<C>>,
  ): Promise<Saved<V, C>> {
    let latest = await this.latest(parent);
    // Its author has seen a version that a crash left untold.
    if ((edit.basedOn ?? 0) > latest) latest = await this.#countedLatest(parent);
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      if (edit.basedOn !== undefined && edit.basedOn !== latest) {
        throw await this.#conflict(parent, edit.basedOn, latest);
      }
      const before = latest > 0 ? await this.read(parent, latest) : undefined;
      const draft = await change(before);
      const desired = this.#objectOf(parent, latest, draft, edit);
      if (before && before.object.spec.digest === desired.spec.digest) {
        await this.#heal(parent, before.object);
        return { ...before, isNew: false };
      }
      const created = await this.options.client.createOnce(desired, { fieldManager: FIELD_MANAGER });
      if (created) {
        await this.#noteLatest(parent, created);
        await this.#expire(parent, created.spec.version);
        return { object: created, content: draft.content, isNew: true };
      }
      latest = await this.#countedLatest(parent);
    }
    throw await this.#conflict(parent, edit.basedOn ?? latest, latest);
  }

  /** Deletes all versions of a parent that is gone. */
  async deleteAll({ metadata }: P): Promise<void> {
    const { client, version, field } = this.options;
    const labelSelector = `${labels[field]}=${metadata.name}`;
    await client.deleteCollection(version, { namespace: metadata.namespace, labelSelector });
  }

  async #countedLatest(parent: P): Promise<number> {
    const [newest] = await this.rows(parent);
    return newest ? numberOf(newest) : 0;
  }

  #objectOf(parent: P, latest: number, { content, extra }: Draft<C>, edit: Edit): V {
    const { field, version: resource } = this.options;
    const { name, namespace, uid = '' } = parent.metadata;
    const version = latest + 1;
    const { author, reason, rollbackOf } = edit;
    return {
      apiVersion: API_VERSION,
      kind: resource.kind,
      metadata: {
        name: versionName(name, version),
        namespace,
        labels: { [labels.managedBy]: 'berth', [labels[field]]: name },
        ownerReferences: [{ apiVersion: API_VERSION, kind: parent.kind, name, uid }],
      },
      spec: {
        [field]: name,
        version,
        author,
        ...(reason !== undefined && { reason }),
        ...(latest > 0 && { basedOn: latest }),
        ...(rollbackOf !== undefined && { rollbackOf }),
        ...this.options.extra(content),
        ...extra,
        ...pack(content),
      },
    } as unknown as V;
  }

  /** A crash between a version and telling it leaves the parent behind. */
  async #heal(parent: P, newest: V): Promise<void> {
    if ((parent.status?.latest ?? 0) < newest.spec.version) await this.#noteLatest(parent, newest);
  }

  /** Tells the newest version on the parent; a later one that is told already stays. */
  async #noteLatest({ metadata }: P, { spec }: V): Promise<void> {
    const { client, parent: resource, now } = this.options;
    const status: LatestStatus = {
      latest: spec.version,
      changedBy: spec.author,
      changedAt: now().toISOString(),
    };
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      const live = await client.find(resource, metadata);
      if (!live || (live.status?.latest ?? 0) >= spec.version) return;
      const { resourceVersion } = live.metadata;
      try {
        const options = { subresource: 'status', fieldManager: FIELD_MANAGER };
        await client.patch(resource, metadata, { metadata: { resourceVersion }, status }, options);
        return;
      } catch (error) {
        if (isNotFound(error)) return;
        if (!isConflict(error)) throw error;
      }
    }
  }

  /** Deletes the oldest versions beyond what is to be kept, but none that is in use. */
  async #expire(parent: P, latest: number): Promise<void> {
    const { client, version, inUse } = this.options;
    const { keep } = parent.spec.retention;
    if (latest <= keep) return;
    const old = (await this.rows(parent)).slice(keep);
    if (old.length === 0) return;
    const used = new Set(await inUse(parent));
    for (const row of old.filter((one) => !used.has(numberOf(one))))
      await client.delete(version, row.metadata);
  }

  async #conflict(parent: P, basedOn: number, latest: number): Promise<BerthError> {
    const { metadata } = parent;
    const newest = await this.read(parent, latest);
    await this.#heal(parent, newest.object);
    const before = await this.read(parent, basedOn).catch(() => undefined);
    const { author } = newest.object.spec;
    return new BerthError(
      'VersionConflict',
      `${author} saved version ${latest} of "${metadata.name}" while you edited version ${basedOn}.`,
      {
        status: 409,
        fields: before && this.options.describe(before.content, newest.content),
        next: `Look at what changed (errors, or compare versions ${basedOn} and ${latest}), and save on top of version ${latest}.`,
      },
    );
  }
}

function numberOf({ cells }: TableRow): number {
  return Number(cells['Version']);
}

function versionNotFound(kind: string, name: string, version: number): BerthError {
  return new BerthError(`${kind}NotFound`, `There is no version ${version} of "${name}".`, {
    status: 404,
    next: 'List its versions: old ones expire when nothing uses them.',
  });
}
