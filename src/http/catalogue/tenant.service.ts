import { Injectable } from '@nestjs/common';
import { authorize } from '../../access/decide.js';
import type { Identity } from '../../access/identity.js';
import { digestOf } from '../../core/digest.js';
import { BerthError } from '../../core/errors.js';
import { KubeClient } from '../../kube/client.js';
import type { KubeObject } from '../../kube/types.js';
import { berthResources } from '../../model/kinds.js';
import { annotations, API_VERSION, labels, tenantNamespace } from '../../model/names.js';
import type { Tenant } from '../../model/tenant.js';
import type { Saved } from '../saved.interceptor.js';
import { requestDeletion } from '../deletion.js';
import { present } from '../resource-view.js';
import type { TenantCreation } from '../schemas.js';
import { Views } from '../views.js';

@Injectable()
export class TenantService {
  constructor(
    private readonly client: KubeClient,
    private readonly views: Views,
  ) {}

  /** The same request again answers with the tenant it made. Throws TenantExists (409). */
  async create(caller: Identity, body: TenantCreation): Promise<Saved<Tenant>> {
    authorize(caller, 'create', { resource: 'tenants' });
    const desired = newTenant(body, caller.name);
    const tenant = await this.client.createOnce(desired, { fieldManager: 'berth-api' });
    if (tenant) {
      await this.views.tenants.feed.arrival(tenant);
      return { answer: present(tenant), isNew: true };
    }
    const existing = await this.views.tenants.read({ name: body.metadata.name });
    if (digestIn(existing) === digestIn(desired)) return { answer: present(existing), isNew: false };
    throw tenantExists(body.metadata.name);
  }

  /** Throws TenantNotFound (404), TenantInUse (409), ConfirmationRequired (400), PreconditionFailed (412). */
  async delete(caller: Identity, name: string, confirm?: string, ifMatch?: string): Promise<Tenant> {
    const live = await this.views.tenants.read({ name });
    authorize(caller, 'delete', { resource: 'tenants', name, tenant: name });
    this.#refuseOwner(name);
    const left = await requestDeletion(this.client, berthResources.Tenant, live, {
      confirm,
      ifMatch,
      by: caller.name,
    });
    await this.#forgetRollouts(name);
    return left;
  }

  /** A tenant of the same name that is made later must not find what belonged to this one. */
  #refuseOwner(tenant: string): void {
    const clusters = this.views.clusters.all().filter(({ spec }) => spec.tenant === tenant);
    if (clusters.length > 0) throw inUse(tenant, 'cluster', clusters);
    const { applications, templates, configs } = this.views;
    for (const [kind, view] of Object.entries({ app: applications, template: templates, config: configs })) {
      const own = view.all().filter(({ metadata }) => metadata.namespace === tenantNamespace(tenant));
      if (own.length > 0) throw inUse(tenant, kind, own);
    }
  }

  async #forgetRollouts(tenant: string): Promise<void> {
    const own = this.views.rollouts
      .all()
      .filter(({ metadata }) => metadata.namespace === tenantNamespace(tenant));
    for (const { metadata } of own) await this.client.delete(berthResources.Rollout, metadata);
  }
}

/** @param kind as the command line names it */
function inUse(tenant: string, kind: string, [first, ...others]: readonly KubeObject[]): BerthError {
  const rest = others.length === 0 ? '' : `, and ${others.length} more`;
  return new BerthError(
    'TenantInUse',
    `Tenant "${tenant}" owns ${kind} "${first?.metadata.name ?? ''}"${rest}.`,
    { status: 409, next: `Delete what it owns first: berth ${kind} list --tenant ${tenant}.` },
  );
}

function newTenant({ metadata, spec }: TenantCreation, createdBy: string): Tenant {
  return {
    apiVersion: API_VERSION,
    kind: 'Tenant',
    metadata: {
      name: metadata.name,
      labels: { ...metadata.labels, [labels.managedBy]: 'berth' },
      annotations: {
        ...metadata.annotations,
        [annotations.createdBy]: createdBy,
        [annotations.requestDigest]: digestOf({ metadata, spec }),
      },
    },
    spec,
  };
}

function digestIn({ metadata }: Tenant): string | undefined {
  return metadata.annotations?.[annotations.requestDigest];
}

function tenantExists(name: string): BerthError {
  return new BerthError('TenantExists', `There is a tenant "${name}" already, made by another request.`, {
    status: 409,
    fields: [{ path: 'metadata.name', message: 'is taken' }],
    next: 'Choose another name.',
  });
}
