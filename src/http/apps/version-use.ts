import { Injectable } from '@nestjs/common';
import type { Application } from '../../model/application.js';
import { Views } from '../views.js';

/** Which versions of a template or config something still names: they neither expire nor go. */
@Injectable()
export class VersionUse {
  constructor(private readonly views: Views) {}

  /** Applications that name a template or config, at whatever version. */
  applications(kind: 'template' | 'config', namespace: string | undefined, name: string): Application[] {
    return this.views.applications
      .all()
      .filter(({ metadata }) => metadata.namespace === namespace)
      .filter((application) => referencesOf(application, kind).some((reference) => reference.name === name));
  }

  versions(kind: 'template' | 'config', namespace: string | undefined, name: string): number[] {
    return this.applications(kind, namespace, name)
      .flatMap((application) => referencesOf(application, kind))
      .filter((reference) => reference.name === name)
      .flatMap(({ version }) => version ?? []);
  }
}

function referencesOf({ spec }: Application, kind: 'template' | 'config') {
  return kind === 'template' ? [spec.template] : spec.environments.map(({ config }) => config);
}
