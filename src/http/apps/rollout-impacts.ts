import { Injectable } from '@nestjs/common';
import pMap from 'p-map';
import type { Identity } from '../../access/identity.js';
import type { InstanceHistory } from '../../apps/releases/publishing.js';
import { versionsAfter } from '../../apps/rollout/draft-versions.js';
import type { InstanceRef } from '../../model/rollout.js';
import { aFewAtOnce, refusalOf } from './bulk.js';
import { InstanceDrafts } from './instance-drafts.js';
import type { ImpactAnswer } from './instance-schemas.js';
import { InstanceService } from './instance.service.js';
import type { RolloutImpact, RolloutImpactRequest } from './rollout-schemas.js';
import { RolloutService } from './rollout.service.js';

type Item = RolloutImpact['items'][number];

/** What a rollout would do to each instance, before there is one. */
@Injectable()
export class RolloutImpacts {
  constructor(
    private readonly rollouts: RolloutService,
    private readonly instances: InstanceService,
    private readonly drafts: InstanceDrafts,
  ) {}

  /** Throws NoTargets (422). What is wrong with one instance is told of it. */
  async of(caller: Identity, tenant: string, request: RolloutImpactRequest): Promise<RolloutImpact> {
    const targets = await this.rollouts.targets(caller, tenant, request);
    const all = await pMap(targets, (target) => this.#of(target, request), aFewAtOnce);
    const items = all.filter(({ services, refused }) => services.length > 0 || refused !== undefined);
    return { items, unchanged: all.length - items.length };
  }

  async #of(target: InstanceRef, request: RolloutImpactRequest): Promise<Item> {
    const { cluster, instance: name } = target;
    try {
      const found = await this.instances.history({ cluster, name });
      const history = moved(found.history, request);
      const { services } = await this.drafts.impact(history, found.cluster, request.check);
      return { ...target, services: services.filter((one) => isTouched(one, history, request)) };
    } catch (error) {
      return { ...target, services: [], refused: refusalOf(error) };
    }
  }
}

function moved(history: InstanceHistory, request: RolloutImpactRequest): InstanceHistory {
  const { instance } = history;
  const spec = { ...instance.spec, ...versionsAfter(request, instance) };
  return { ...history, instance: { ...instance, spec } };
}

/** Rollouts leave services alone that a rollback holds, unless they are named. */
function isTouched(
  { service, objects, error }: ImpactAnswer['services'][number],
  { instance }: InstanceHistory,
  { services }: RolloutImpactRequest,
): boolean {
  const isChosen = services?.includes(service) ?? instance.spec.services?.[service]?.hold === undefined;
  return isChosen && (objects.length > 0 || error !== undefined);
}
