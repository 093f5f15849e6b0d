/** From the draft of an instance to a release of one of its services. */
import { stableStringify } from '../../core/digest.js';
import type { ObjectRef } from '../../kube/types.js';
import type { Instance } from '../../model/instance.js';
import { originOf } from '../../model/origin.js';
import type { Release, ReleaseInputs } from '../../model/release.js';
import { clusterOf } from '../instances/instance-world.js';
import { carryVersions, identityOf, prepare, type Prepared, stamped, tellersAmong } from './prepare.js';
import type { InstanceFacts, RenderedInstance, Renderer } from './rendering.js';

/** What templates and digests know of an instance. */
export function factsOf(instance: Instance, tenant: string): InstanceFacts {
  const { metadata, spec } = instance;
  // A moved instance stays what it is: another seed would change generated passwords, and restart its pods.
  const { uid, createdAt } = originOf(instance);
  return {
    tenant,
    application: spec.application,
    cluster: clusterOf(instance),
    name: metadata.name,
    namespace: spec.namespace,
    uid,
    createdMs: Date.parse(createdAt) || 0,
  };
}

/** What a service would be rendered from if it were published now; a restart of before stays. */
export function draftInputs(
  { spec }: Instance,
  service: string,
  last: ReleaseInputs | undefined,
): ReleaseInputs {
  const { overrides, replicas } = spec.services?.[service] ?? {};
  return {
    template: spec.template,
    ...(spec.config && { config: spec.config }),
    ...(overrides && overrides.length > 0 && { overrides }),
    ...(replicas !== undefined && { replicas }),
    ...(last?.restartedAt !== undefined && { restartedAt: last.restartedAt }),
  };
}

export function sameInputs(a: ReleaseInputs | undefined, b: ReleaseInputs): boolean {
  return a !== undefined && stableStringify(a) === stableStringify(b);
}

/** One service as it is with these inputs. Throws what rendering and `prepare` throw. */
export async function prepareService(
  renderer: Renderer,
  facts: InstanceFacts,
  service: string,
  inputs: ReleaseInputs,
): Promise<{ prepared: Prepared; rendered: RenderedInstance }> {
  const rendered = await renderer.render(inputs, facts);
  const prepared = prepare(rendered, inputs, {
    instance: facts.name,
    service,
    namespace: facts.namespace,
    salt: facts.uid,
  });
  return { prepared, rendered };
}

/** The records of a new release: what stayed as it was keeps the config version it came with. */
export function recordsAfter(prepared: Prepared, before: Release | undefined) {
  const known = new Map((before?.spec.objects ?? []).map((record) => [identityOf(record), record]));
  return carryVersions(prepared.records, known, tellersAmong(prepared.objects));
}

/** The objects of a release as they are applied. */
export async function objectsOf(renderer: Renderer, facts: InstanceFacts, { spec }: Release) {
  if (spec.action === 'Undeploy') return [];
  const { prepared } = await prepareService(renderer, facts, spec.service, spec.inputs);
  return stamped(prepared.objects, spec.objects);
}

/** Name of a release; dots, because neither instances nor services have one. */
export function releaseName(instance: ObjectRef, service: string, revision: number): string {
  return `${instance.name}.${service}.${revision}`;
}
