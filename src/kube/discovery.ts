import { BerthError } from '../core/errors.js';
import { isNotFound } from './kube-error.js';
import { builtInResourceOf, splitApiVersion } from './resources.js';
import type { KubeObject, Resource } from './types.js';

type Kinded = Pick<KubeObject, 'apiVersion' | 'kind'>;
/** The APIResourceList of a group version, as far as we read it. */
interface ResourceList {
  resources?: { name: string; kind: string; namespaced: boolean }[];
}

/** Finds how a cluster serves a kind: the built-in table first, then the cluster's own discovery, remembered. */
export class Discovery {
  readonly #known = new Map<string, Resource>();

  constructor(private readonly get: (path: string) => Promise<unknown>) {}

  /** Throws UnknownKind when the cluster does not serve it (a CRD may not be established yet: transient). */
  async resourceOf(object: Kinded): Promise<Resource> {
    const known = builtInResourceOf(object) ?? this.#known.get(nameOf(object));
    if (known) return known;
    await this.#learn(object.apiVersion);
    const learnt = this.#known.get(nameOf(object));
    if (learnt) return learnt;
    throw new BerthError('UnknownKind', `the cluster serves no ${object.kind} in ${object.apiVersion}`, {
      status: 422,
      transient: true,
      next: 'Check apiVersion and kind, or install the CustomResourceDefinition first.',
    });
  }

  async #learn(apiVersion: string): Promise<void> {
    const { group, version } = splitApiVersion(apiVersion);
    for (const { name, kind, namespaced } of await this.#list(
      group ? `/apis/${apiVersion}` : `/api/${version}`,
    )) {
      if (name.includes('/')) continue; // a subresource
      this.#known.set(nameOf({ apiVersion, kind }), { group, version, kind, plural: name, namespaced });
    }
  }

  async #list(path: string): Promise<NonNullable<ResourceList['resources']>> {
    try {
      const list = (await this.get(path)) as ResourceList;
      return list.resources ?? [];
    } catch (error) {
      if (isNotFound(error)) return [];
      throw error;
    }
  }
}

function nameOf({ apiVersion, kind }: Kinded): string {
  return `${apiVersion} ${kind}`;
}
