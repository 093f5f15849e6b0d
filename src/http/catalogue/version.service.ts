import { Injectable } from '@nestjs/common';
import { authorize } from '../../access/decide.js';
import type { Identity } from '../../access/identity.js';
import { BerthError } from '../../core/errors.js';
import { KubeClient } from '../../kube/client.js';
import { isNotFound } from '../../kube/kube-error.js';
import type { ControlPlaneVersion } from '../../model/control-plane-version.js';
import { berthResources } from '../../model/kinds.js';
import { API_VERSION } from '../../model/names.js';
import type { Saved } from '../saved.interceptor.js';
import { isBoundTo, refusalOf } from '../preconditions.js';
import { present } from '../resource-view.js';
import type { VersionCreation, VersionPatch } from '../schemas.js';
import { Views } from '../views.js';

const FIELD_MANAGER = 'berth-api';

/** The version catalogue as operators keep it. What clusters run is pinned: a change here moves none of them. */
@Injectable()
export class VersionService {
  constructor(
    private readonly client: KubeClient,
    private readonly views: Views,
  ) {}

  /** Makes an entry, or replaces one. Throws VersionTaken (409) when another entry is of the same version. */
  async apply(
    caller: Identity,
    body: VersionCreation,
    ifMatch?: string,
  ): Promise<Saved<ControlPlaneVersion>> {
    const { name } = body.metadata;
    authorize(caller, 'patch', { resource: 'versions', name });
    const live = await this.client.find(berthResources.ControlPlaneVersion, { name });
    const isBound = isBoundTo(live, ifMatch);
    this.#refuseTaken(body);
    const { metadata, spec } = body;
    const desired: ControlPlaneVersion = {
      apiVersion: API_VERSION,
      kind: 'ControlPlaneVersion',
      metadata,
      spec,
    };
    try {
      const stored = live
        ? await this.client.replace<ControlPlaneVersion>({ ...live, spec })
        : await this.client.create(desired, { fieldManager: FIELD_MANAGER });
      await this.views.versions.feed.arrival(stored);
      return { answer: present(stored), isNew: live === undefined };
    } catch (error) {
      throw refusalOf(error, isBound);
    }
  }

  /** Changes where an entry stands in its life. Throws VersionNotFound (404). */
  async patch(
    caller: Identity,
    name: string,
    { spec }: VersionPatch,
    ifMatch?: string,
  ): Promise<ControlPlaneVersion> {
    authorize(caller, 'patch', { resource: 'versions', name });
    const live = await this.views.versions.read({ name });
    const isBound = isBoundTo(live, ifMatch);
    const stored = await this.#change(live, spec, isBound);
    await this.views.versions.feed.arrival(stored);
    return present(stored);
  }

  async #change(
    { metadata }: ControlPlaneVersion,
    spec: VersionPatch['spec'],
    isBound: boolean,
  ): Promise<ControlPlaneVersion> {
    const { name, resourceVersion } = metadata;
    const body = { ...(isBound && { metadata: { resourceVersion } }), spec };
    try {
      return await this.client.patch(berthResources.ControlPlaneVersion, metadata, body);
    } catch (error) {
      // Deleted since it was read: the view knows by now.
      if (isNotFound(error)) return this.views.versions.read({ name });
      throw refusalOf(error, isBound);
    }
  }

  /** Clusters name a version, not an entry: there can be only one. */
  #refuseTaken({ metadata, spec }: VersionCreation): void {
    const other = this.views.versions
      .all()
      .find(
        (entry) =>
          entry.metadata.name !== metadata.name && entry.spec.kubernetesVersion === spec.kubernetesVersion,
      );
    if (!other) return;
    const message = `version ${spec.kubernetesVersion} is entry "${other.metadata.name}" already`;
    throw new BerthError('VersionTaken', `${message}.`, {
      status: 409,
      fields: [{ path: 'spec.kubernetesVersion', message }],
      next: 'Change that entry, or give a build of your own a suffix, such as 1.36.3-acme.1.',
    });
  }
}
