import { Injectable } from '@nestjs/common';
import { KubeClient } from '../../kube/client.js';
import type { Application } from '../../model/application.js';
import { berthResources } from '../../model/kinds.js';
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
}

function referencesOf({ spec }: Application, kind: 'template' | 'config') {
  return kind === 'template' ? [spec.template] : spec.environments.map(({ config }) => config);
}
