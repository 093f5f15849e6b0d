import { Injectable } from '@nestjs/common';
import { KubeClient } from '../../kube/client.js';
import type { Application } from '../../model/application.js';
import type { KubeObject } from '../../kube/types.js';
import type { Instance } from '../../model/instance.js';
import { berthResources } from '../../model/kinds.js';
import { labels, tenantNamespace } from '../../model/names.js';
import { Views } from '../views.js';

/** Which versions of a template or config something still names: they neither expire nor go. */
@Injectable()
export class VersionUse {
  constructor(
    private readonly client: KubeClient,
    private readonly views: Views,
  ) {}

  /** Applications that name a template or config, at whatever version. */
  applications(kind: 'template' | 'config', namespace: string | undefined, name: string): Application[] {
    return this.views.applications
      .all()
      .filter(({ metadata }) => metadata.namespace === namespace)
      .filter((application) => referencesOf(application, kind).some((reference) => reference.name === name));
  }

  /** Whoever names a template or config of a tenant, at whatever version: `application "shop"`. */
  user(kind: 'template' | 'config', tenant: string, name: string): string | undefined {
    const isNamed = (reference: { name: string } | undefined) => reference?.name === name;
    const application = this.applications(kind, tenantNamespace(tenant), name)[0];
    if (application) return `application "${application.metadata.name}"`;
    const instance = this.#ofTenant(this.views.instances.all(), tenant).find(({ spec }) =>
      isNamed(spec[kind]),
    );
    if (instance) return `instance "${instance.metadata.name}"`;
    const release = this.#ofTenant(this.views.releases.all(), tenant).find(({ spec }) =>
      isNamed(spec.inputs[kind]),
    );
    return release && `release "${release.metadata.name}"`;
  }

  /** An instance of an application. */
  instance(tenant: string, application: string): Instance | undefined {
    return this.#ofTenant(this.views.instances.all(), tenant).find(
      ({ spec }) => spec.application === application,
    );
  }

  /** Read anew: asked only when old versions would go, and of every tenant, as names may be shared. */
  async versions(
    kind: 'template' | 'config',
    namespace: string | undefined,
    name: string,
  ): Promise<number[]> {
    const [instances, releases] = await Promise.all([
      this.client.list(berthResources.Instance),
      this.client.list(berthResources.Release),
    ]);
    const running = [
      ...instances.items.map(({ spec }) => spec),
      ...releases.items.map(({ spec }) => spec.inputs),
    ];
    const references = [
      ...this.applications(kind, namespace, name).flatMap((application) => referencesOf(application, kind)),
      ...running.flatMap((inputs) => inputs[kind] ?? []),
    ];
    return references.filter((one) => one.name === name).flatMap(({ version }) => version ?? []);
  }

  #ofTenant<T extends KubeObject>(objects: readonly T[], tenant: string): readonly T[] {
    return objects.filter(({ metadata }) => metadata.labels?.[labels.tenant] === tenant);
  }
}

function referencesOf({ spec }: Application, kind: 'template' | 'config') {
  return kind === 'template' ? [spec.template] : spec.environments.map(({ config }) => config);
}
