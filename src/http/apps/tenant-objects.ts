/** Creating, changing and deleting objects of a tenant's namespace: Templates, Configs, Applications. */
import type { StreamableFile } from '@nestjs/common';
import { authorize, type Verb } from '../../access/decide.js';
import type { Identity } from '../../access/identity.js';
import type { Cause, Revisions } from '../../apps/revisions.js';
import { digestOf } from '../../core/digest.js';
import { BerthError } from '../../core/errors.js';
import { mergePatch } from '../../core/merge-patch.js';
import type { KubeClient } from '../../kube/client.js';
import { isConflict } from '../../kube/kube-error.js';
import type { KubeObject, ObjectRef, Resource } from '../../kube/types.js';
import { berthResources } from '../../model/kinds.js';
import { annotations, API_VERSION, labels, tenantNamespace } from '../../model/names.js';
import { requestDeletion } from '../deletion.js';
import { type MetadataPatch, sparingOurs } from '../patched-metadata.js';
import { isBoundTo, refusalOf } from '../preconditions.js';
import { invalid } from '../problem.js';
import type { InTenant } from '../addresses.js';
import { type ListAnswer, present, type ResourceView } from '../resource-view.js';
import type { Saved } from '../saved.interceptor.js';
import type { ListQuery, WatchQuery } from '../schemas.js';
import { fieldProblems } from '../validation.pipe.js';
import type { z } from 'zod';

const FIELD_MANAGER = 'berth-api';
const PATCH_ATTEMPTS = 5;

interface Creation<Spec> {
  metadata: { name: string; labels?: Record<string, string>; annotations?: Record<string, string> };
  spec: Spec;
}

interface Patch {
  metadata?: MetadataPatch;
  spec?: object;
}

export interface TenantObjectsOptions<T extends KubeObject & { spec: object }> {
  client: KubeClient;
  view: ResourceView<T>;
  resource: Resource<T>;
  spec: z.ZodType<T['spec']>;
  /** Where its changes are written down. */
  revisions?: Revisions<T>;
}

export class TenantObjects<T extends KubeObject & { spec: object }> {
  constructor(private readonly options: TenantObjectsOptions<T>) {}

  /** Permission first, then whether the tenant is there. Throws Forbidden (403), TenantNotFound (404). */
  async enter(caller: Identity, verb: Verb, tenant: string, name?: string): Promise<void> {
    authorize(caller, verb, { resource: this.options.resource.plural, name, tenant });
    await this.#requireTenant(tenant);
  }

  /** A page of a tenant's objects, or with `watch` their changes. Throws TenantNotFound (404). */
  async list(
    caller: Identity,
    tenant: string,
    query: ListQuery,
    lastEventId?: string,
  ): Promise<ListAnswer<T> | StreamableFile> {
    await this.enter(caller, 'list', tenant);
    return this.options.view.list(caller, query, { namespace: tenantNamespace(tenant), lastEventId });
  }

  /** One object, or with `watch` its changes. Throws `<Kind>NotFound` (404). */
  async show(
    caller: Identity,
    { tenant, name }: InTenant,
    query: WatchQuery,
    lastEventId?: string,
  ): Promise<T | StreamableFile> {
    await this.enter(caller, 'get', tenant, name);
    return this.options.view.show(caller, refTo(tenant, name), query, lastEventId);
  }

  find(tenant: string, name: string): Promise<T | undefined> {
    return this.options.client.find(this.options.resource, refTo(tenant, name));
  }

  /** Throws `<Kind>NotFound` (404). */
  async read(tenant: string, name: string): Promise<T> {
    await this.#requireTenant(tenant);
    return this.options.view.read(refTo(tenant, name));
  }

  /**
   * Creates the object, and the tenant's namespace if need be. The same request again finds what it made.
   * Throws `<Kind>Exists` (409).
   */
  async create(
    caller: Identity,
    tenant: string,
    body: Creation<T['spec']>,
    reason?: string,
  ): Promise<Saved<T>> {
    const { client, resource, view, revisions } = this.options;
    const desired = this.#objectOf(tenant, body, caller.name);
    await claimTenantNamespace(client, tenant);
    const object = await client.createOnce(desired, { fieldManager: FIELD_MANAGER });
    if (object) {
      await revisions?.record(client, object, { user: caller.name, reason });
      await view.feed.arrival(object);
      return { answer: object, isNew: true };
    }
    const existing = await view.read(refTo(tenant, body.metadata.name));
    if (digestIn(existing) !== digestIn(desired)) throw exists(resource, body.metadata.name);
    return { answer: existing, isNew: false };
  }

  async patch(
    caller: Identity,
    { tenant, name }: InTenant,
    patch: Patch,
    options: { ifMatch?: string; reason?: string; admit?: (next: T['spec']) => void | Promise<void> },
  ): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      const live = await this.read(tenant, name);
      const isBound = isBoundTo(live, options.ifMatch);
      const spec = this.#changedSpec(live, patch.spec ?? {});
      await options.admit?.(spec);
      const metadata = sparingOurs(patch.metadata ?? {}, live.metadata);
      const marks = { ...metadata.annotations, ...changedBy(live, spec, caller.name) };
      const body = { metadata: { ...metadata, annotations: marks }, spec: patch.spec };
      try {
        return await this.#write(live, body, { user: caller.name, reason: options.reason });
      } catch (error) {
        if (isBound || !isConflict(error) || attempt === PATCH_ATTEMPTS) throw refusalOf(error, isBound);
      }
    }
  }

  /** Throws ConfirmationRequired (400), PreconditionFailed (412). */
  async delete(caller: Identity, live: T, request: { confirm?: string; ifMatch?: string }): Promise<T> {
    const { client, resource } = this.options;
    return requestDeletion(client, resource, live, { ...request, by: caller.name });
  }

  /** Throws Conflict when there is a newer version than `live`. */
  async #write(live: T, { metadata, spec }: Patch, cause: Cause): Promise<T> {
    const { client, resource, view, revisions } = this.options;
    const { resourceVersion, generation } = live.metadata;
    const body = { metadata: { ...metadata, resourceVersion }, spec };
    await revisions?.recordUnseen(client, live);
    const changed = await client.patch(resource, live.metadata, body, { fieldManager: FIELD_MANAGER });
    if (changed.metadata.generation !== generation) await revisions?.record(client, changed, cause);
    await view.feed.arrival(changed);
    return present(changed);
  }

  #objectOf(tenant: string, { metadata, spec }: Creation<T['spec']>, createdBy: string): T {
    return {
      apiVersion: API_VERSION,
      kind: this.options.resource.kind,
      metadata: {
        name: metadata.name,
        namespace: tenantNamespace(tenant),
        labels: { ...metadata.labels, [labels.managedBy]: 'berth', [labels.tenant]: tenant },
        annotations: {
          ...metadata.annotations,
          [annotations.createdBy]: createdBy,
          [annotations.requestDigest]: digestOf({ metadata, spec }),
        },
      },
      spec,
    } as unknown as T;
  }

  #changedSpec(live: T, patch: object): T['spec'] {
    const result = this.options.spec.safeParse(mergePatch(live.spec, patch));
    if (result.success) return result.data;
    throw invalid(fieldProblems(result.error, ['spec']));
  }

  async #requireTenant(tenant: string): Promise<void> {
    if (await this.options.client.find(berthResources.Tenant, { name: tenant })) return;
    throw new BerthError('TenantNotFound', `There is no Tenant "${tenant}".`, {
      status: 404,
      next: 'List what is there: GET /api/v1/tenants.',
    });
  }
}

function refTo(tenant: string, name: string): ObjectRef {
  return { namespace: tenantNamespace(tenant), name };
}

function changedBy(live: KubeObject & { spec: object }, spec: object, user: string): Record<string, string> {
  if (digestOf(live.spec) === digestOf(spec)) return {};
  return { [annotations.changedBy]: `${(live.metadata.generation ?? 0) + 1} ${user}` };
}

/** Makes the namespace of a tenant unless it is there. */
export async function claimTenantNamespace(client: KubeClient, tenant: string): Promise<void> {
  const metadata = {
    name: tenantNamespace(tenant),
    labels: { [labels.managedBy]: 'berth', [labels.tenant]: tenant },
  };
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata };
  await client.createOnce(namespace, { fieldManager: FIELD_MANAGER });
}

function digestIn({ metadata }: KubeObject): string | undefined {
  return metadata.annotations?.[annotations.requestDigest];
}

function exists({ kind }: Resource, name: string): BerthError {
  return new BerthError(`${kind}Exists`, `There is a ${kind} "${name}" already, made by another request.`, {
    status: 409,
    fields: [{ path: 'metadata.name', message: 'is taken' }],
    next: 'Choose another name, or change what is there.',
  });
}
