import { BerthError } from '../../core/errors.js';
import type { KubeClient } from '../../kube/client.js';
import type { KubeObject, Resource } from '../../kube/types.js';
import type { Application } from '../../model/application.js';
import type { InstanceSpec, VersionRef } from '../../model/instance.js';
import { berthResources } from '../../model/kinds.js';
import { tenantNamespace } from '../../model/names.js';
import type { LatestStatus } from '../../model/versions.js';
import type { InstanceCreation } from './instance-schemas.js';

/**
 * The spec of a new instance: versions that nobody named are those of the application, else the newest.
 * @throws BerthError `<Kind>NotFound`, EnvironmentNotFound, VersionMissing (422)
 */
export async function specOf(
  client: KubeClient,
  tenant: string,
  name: string,
  asked: InstanceCreation['spec'],
): Promise<InstanceSpec> {
  const namespace = tenantNamespace(tenant);
  const application = await required(client, berthResources.Application, namespace, asked.application);
  const environment = environmentOf(application, asked.environment);
  const versionOf = async (
    resource: Resource<KubeObject & { status?: LatestStatus }>,
    of: { name: string; version?: number },
    wanted: number | undefined,
  ): Promise<VersionRef> => {
    const parent = await required(client, resource, namespace, of.name);
    const version = wanted ?? of.version ?? parent.status?.latest;
    if (version === undefined) throw versionMissing(resource.kind, of.name);
    return { name: of.name, version };
  };
  return {
    application: asked.application,
    namespace: asked.namespace ?? name,
    template: await versionOf(berthResources.Template, application.spec.template, asked.templateVersion),
    config: await versionOf(berthResources.Config, environment.config, asked.configVersion),
    ...(asked.services && { services: asked.services }),
  };
}

function environmentOf({ metadata, spec }: Application, wanted: string | undefined) {
  const [first] = spec.environments;
  const found = wanted === undefined ? first : spec.environments.find(({ name }) => name === wanted);
  if (found) return found;
  const names = spec.environments.map(({ name }) => name).join(', ');
  throw new BerthError('EnvironmentNotFound', `Application "${metadata.name}" has no such environment.`, {
    status: 422,
    fields: [{ path: 'spec.environment', message: `must be one of ${names}` }],
    next: `It has: ${names}.`,
  });
}

async function required<T extends KubeObject>(
  client: KubeClient,
  resource: Resource<T>,
  namespace: string,
  name: string,
): Promise<T> {
  const found = await client.find(resource, { namespace, name });
  if (found) return found;
  throw new BerthError(`${resource.kind}NotFound`, `There is no ${resource.kind} "${name}".`, {
    status: 422,
    fields: [
      { path: `spec.${resource.kind.toLowerCase()}`, message: `there is no ${resource.kind} "${name}"` },
    ],
    next: 'Create it first, in the tenant that owns the cluster.',
  });
}

function versionMissing(kind: string, name: string): BerthError {
  return new BerthError('VersionMissing', `${kind} "${name}" has no version yet.`, {
    status: 422,
    next: 'Save one first.',
  });
}
