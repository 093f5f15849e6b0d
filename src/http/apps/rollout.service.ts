import { Inject, Injectable } from '@nestjs/common';
import { authorize, type Verb } from '../../access/decide.js';
import type { Identity } from '../../access/identity.js';
import { clusterOf } from '../../apps/instances/instance-world.js';
import type { Clock } from '../../core/clock.js';
import { BerthError } from '../../core/errors.js';
import { KubeClient } from '../../kube/client.js';
import { isAlreadyExists } from '../../kube/kube-error.js';
import { berthResources } from '../../model/kinds.js';
import { API_VERSION, labels, tenantNamespace } from '../../model/names.js';
import type { InstanceRef, Rollout, RolloutSpec } from '../../model/rollout.js';
import { labelSelector } from '../../core/label-selector.js';
import type { InTenant } from '../addresses.js';
import { invalid } from '../problem.js';
import { present } from '../resource-view.js';
import { CLOCK } from '../tokens.js';
import { Views } from '../views.js';
import type { RolloutCreation, RolloutPatch } from './rollout-schemas.js';

type Which = Pick<RolloutCreation, 'application' | 'labelSelector' | 'targets'>;

@Injectable()
export class RolloutService {
  constructor(
    private readonly client: KubeClient,
    private readonly views: Views,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Throws NoTargets (422), RolloutExists (409). */
  async create(caller: Identity, tenant: string, body: RolloutCreation): Promise<Rollout> {
    await this.#enter(caller, 'create', tenant);
    const { name = this.#madeUpName(), application: _app, labelSelector: _selector, reason, ...rest } = body;
    const targets = this.#targets(tenant, body);
    const cause = { user: caller.name, ...(reason !== undefined && { reason }) };
    const spec: RolloutSpec = { ...rest, targets, cause, command: 'Run' };
    const metadata = { name, namespace: tenantNamespace(tenant), labels: { [labels.tenant]: tenant } };
    try {
      const rollout: Rollout = { apiVersion: API_VERSION, kind: 'Rollout', metadata, spec };
      const created = await this.client.create(rollout, { fieldManager: 'berth-api' });
      await this.views.rollouts.feed.arrival(created);
      return present(created);
    } catch (error) {
      if (!isAlreadyExists(error)) throw error;
      throw new BerthError('RolloutExists', `There is a rollout "${name}" already.`, {
        status: 409,
        fields: [{ path: 'name', message: 'is taken' }],
        next: 'Choose another name.',
      });
    }
  }

  /** Pauses, resumes, aborts or rolls back. Throws RolloutNotFound (404), RolloutOver (409). */
  async command(caller: Identity, { tenant, name }: InTenant, { command }: RolloutPatch): Promise<Rollout> {
    await this.#enter(caller, 'patch', tenant, name);
    const ref = { namespace: tenantNamespace(tenant), name };
    const live = await this.views.rollouts.read(ref);
    if (!mayFollow(command, live)) throw over(live);
    const options = { fieldManager: 'berth-api' };
    const body = { spec: { command } };
    const changed = await this.client.patch(berthResources.Rollout, live.metadata, body, options);
    await this.views.rollouts.feed.arrival(changed);
    return present(changed);
  }

  /** The instances that a rollout would be about. Throws NoTargets (422). */
  async targets(caller: Identity, tenant: string, which: Which): Promise<InstanceRef[]> {
    await this.#enter(caller, 'list', tenant);
    return this.#targets(tenant, which);
  }

  /** Only instances on clusters of the tenant: a rollout changes no one else's. */
  #targets(tenant: string, { application, labelSelector: selector = '', targets }: Which): InstanceRef[] {
    const matches = labelSelector(selector);
    const own = new Set(
      this.views.clusters
        .all()
        .filter(({ spec }) => spec.tenant === tenant)
        .map(({ metadata }) => metadata.name),
    );
    const chosen = this.views.instances
      .all()
      .map((instance) => ({
        instance,
        ref: { cluster: clusterOf(instance), instance: instance.metadata.name },
      }))
      .filter(({ ref }) => own.has(ref.cluster))
      .filter(({ instance, ref }) =>
        targets
          ? targets.some((one) => one.cluster === ref.cluster && one.instance === ref.instance)
          : (application === undefined || instance.spec.application === application) &&
            matches(instance.metadata.labels),
      )
      .map(({ ref }) => ref);
    if (!targets && application === undefined && selector === '') {
      throw invalid([
        { path: 'application', message: 'say which instances: application, labelSelector or targets' },
      ]);
    }
    if (chosen.length > 0 && (!targets || chosen.length === targets.length)) return chosen;
    throw new BerthError('NoTargets', 'Not all of these instances are there, or none matches.', {
      status: 422,
      fields: [{ path: 'targets', message: `${chosen.length} instances were found` }],
      next: 'List them: berth instance list CLUSTER.',
    });
  }

  #madeUpName(): string {
    return `rollout-${this.clock.now().toString(36)}`;
  }

  async #enter(caller: Identity, verb: Verb, tenant: string, name?: string): Promise<void> {
    authorize(caller, verb, { resource: 'rollouts', name, tenant });
    await this.views.tenants.read({ name: tenant });
  }
}

/** One that has ended, or goes back, does not go on: what it did can only be taken back. */
function mayFollow(command: RolloutPatch['command'], { spec, status }: Rollout): boolean {
  const isSaidAgain = command === spec.command;
  return (
    isSaidAgain || command === 'RollBack' || (spec.command !== 'RollBack' && status?.finishedAt === undefined)
  );
}

function over({ metadata, spec, status }: Rollout): BerthError {
  const state = status?.finishedAt === undefined ? spec.command : status.phase;
  return new BerthError('RolloutOver', `Rollout "${metadata.name}" does not go on: ${state}.`, {
    status: 409,
    next: `Make another one, or take back what it did: berth rollout rollback ${metadata.name}.`,
  });
}
