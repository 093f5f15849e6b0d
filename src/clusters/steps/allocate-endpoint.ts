import { API_SERVER_SERVICE } from '../../pki/certificates.js';
import { holderOfHost, hostNameOf } from '../../exposure/hosts.js';
import type { LiveExposure } from '../../exposure/strategy.js';
import { isInvalid } from '../../kube/kube-error.js';
import { resources } from '../../kube/resources.js';
import { goOn, type StepResult, stop, wait } from '../../kube/steps.js';
import type { KubeObject } from '../../kube/types.js';
import type { Cluster } from '../../model/cluster.js';
import { clusterConditions } from '../../model/conditions.js';
import { berthResources } from '../../model/kinds.js';
import { exposureInput, strategyOf, asServed } from '../exposing.js';
import { masterObjects } from '../masters.js';
import type { ClusterScope, ClusterStep } from '../scope.js';

/**
 * The way in: Services and routes are made first, so that the host and every address are in the API server's
 * certificate before it starts. The host is allocated once and kept in status, whatever the installation's domain
 * becomes.
 */
export const allocateEndpoint: ClusterStep = {
  name: 'AllocateEndpoint',
  async run(scope) {
    const input = exposureInput(scope);
    const strategy = strategyOf(input);
    scope.status.exposureType = strategy.type;
    const holder = holderOfHost(scope.cluster, clustersOf(scope), input.config.domain);
    if (holder) return refuseHost(scope, holder);
    const service = await applyServices(scope);
    const routes = await Promise.all(strategy.objects(input).map((object) => scope.apply(object)));
    const result = strategy.endpoint(input, { ...live(scope), service, route: routes[0] });
    if ('waiting' in result) return wait(result.waiting.reason, result.waiting.message);
    scope.status.endpoint = result.endpoint;
    return goOn;
  },
};

/** The route leads to the API server, as far as its controller tells. */
export const exposed: ClusterStep = {
  name: 'Expose',
  condition: clusterConditions.exposure,
  run(scope) {
    const input = exposureInput(scope);
    const strategy = strategyOf(input);
    const [route] = strategy.objects(input);
    const found = route && scope.services.world.findObject(route);
    const missing = strategy.notProgrammed({ ...live(scope), route: found });
    return missing ? wait(missing.reason, missing.message) : goOn;
  },
};

function clustersOf({ services }: ClusterScope): Cluster[] {
  return services.world.list(berthResources.Cluster);
}

/** Two clusters asked at the same time, or one past the REST API. A route that was made already would take turns. */
async function refuseHost(scope: ClusterScope, holder: Cluster): Promise<StepResult> {
  const input = exposureInput(scope);
  for (const route of strategyOf(input).objects(input)) {
    const made = scope.services.world.findObject(route);
    if (made) await scope.services.world.remove(made);
  }
  const host = hostNameOf(scope.cluster, input.config.domain);
  return stop(
    'HostTaken',
    `the host ${host} belongs to cluster ${holder.metadata.name}: delete one of the two, or make this one again with ` +
      'another spec.exposure.host',
  );
}

async function applyServices(scope: ClusterScope): Promise<KubeObject | undefined> {
  const services = [...(await masterObjects(scope)).values()].flat().filter(({ kind }) => kind === 'Service');
  const applied = await Promise.all(services.map((service) => applyService(scope, service)));
  return applied.find(({ metadata }) => metadata.name === API_SERVER_SERVICE);
}

/** Ports that an imported cluster had may be another's here, or out of range: then it gets new ones. */
async function applyService(scope: ClusterScope, service: KubeObject): Promise<KubeObject> {
  try {
    return await scope.apply(asServed(service, scope));
  } catch (error) {
    if (scope.status.endpoint || !isInvalid(error)) throw error;
    return scope.apply(service);
  }
}

function live(scope: ClusterScope): LiveExposure {
  const { installation, world } = scope.services;
  const { gateway } = installation.exposure;
  return {
    service: scope.find(resources.Service, API_SERVER_SERVICE),
    gateway: gateway && world.knows(resources.Gateway) ? world.find(resources.Gateway, gateway) : undefined,
  };
}
