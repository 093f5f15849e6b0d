import { Injectable } from '@nestjs/common';
import { authorize } from '../../access/decide.js';
import type { Identity } from '../../access/identity.js';
import { digestOf } from '../../core/digest.js';
import { BerthError } from '../../core/errors.js';
import { KubeClient } from '../../kube/client.js';
import { berthResources } from '../../model/kinds.js';
import { annotations, API_VERSION, labels } from '../../model/names.js';
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
    return requestDeletion(this.client, berthResources.Tenant, live, { confirm, ifMatch, by: caller.name });
  }

  #refuseOwner(tenant: string): void {
    const owned = this.views.clusters.all().filter(({ spec }) => spec.tenant === tenant);
    if (owned.length === 0) return;
    const [first] = owned;
    throw new BerthError(
      'TenantInUse',
      `Tenant "${tenant}" owns ${owned.length} clusters, "${first?.metadata.name ?? ''}" among them.`,
      { status: 409, next: `Delete them first: berth cluster list --tenant ${tenant}.` },
    );
  }
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
