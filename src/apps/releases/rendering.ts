/** The seam to templates and configs: what an instance is made of at one version of both. */
import type { KubeObject } from '../../kube/types.js';
import type { VersionRef } from '../../model/instance.js';

/** What a template may know of the instance it is rendered for. */
export interface InstanceFacts {
  tenant: string;
  application: string;
  cluster: string;
  name: string;
  namespace: string;
  /** Seeds whatever a template makes up by chance. */
  uid: string;
  /** What templates take for now, in milliseconds since 1970: when the instance was made. */
  createdMs: number;
}

export interface ServiceOrder {
  name: string;
  dependsOn: readonly string[];
}

export interface RenderedService extends ServiceOrder {
  /** As the template has them, the config's sinks included; not yet in a namespace, and without a version on them. */
  objects: readonly KubeObject[];
}

export interface RenderedInstance {
  services: readonly RenderedService[];
  /** A text without what stems from secret keys. */
  redact: Redact;
}

export type Redact = (text: string) => string;

export interface Renderer {
  /**
   * Everything an instance consists of. The same versions and facts give the same objects every time.
   * @throws BerthError with the place in the template or the key of the config that is wrong
   */
  render(
    versions: { template: VersionRef; config?: VersionRef },
    facts: InstanceFacts,
  ): Promise<RenderedInstance>;
  /** The services of a template version and how they depend on each other. */
  services(tenant: string, template: VersionRef): Promise<readonly ServiceOrder[]>;
  /**
   * Hides what stems from the secret keys of a config version, whatever template it meets.
   * @throws BerthError when the version cannot be read: then nobody knows what to hide
   */
  redactor(tenant: string, config: VersionRef | undefined): Promise<Redact>;
}
