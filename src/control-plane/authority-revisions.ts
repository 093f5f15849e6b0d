import { digestOf } from '../core/digest.js';
import type { KubeObject } from '../kube/types.js';
import { GROUP } from '../model/names.js';
import type { KeptSecret } from '../pki/certificates.js';
import type { RenderedControlPlane, Workload } from './component.js';

/**
 * Restarts what reads an authority only once. The recipe names the authorities on the pod template, and so it is
 * pinned with the masters; which ones these are today is added when they are applied. A newer Berth that knows better
 * who reads what thus rolls nothing, and a replaced authority rolls what needs it without anything being rendered anew.
 */
const AUTHORITIES = `${GROUP}/authorities`;
const DIGITS = 12;

/** The annotation as the recipe has it. */
export function authoritiesRead(names: readonly KeptSecret[]): Record<string, string> {
  return { [AUTHORITIES]: names.join(',') };
}

/**
 * The masters with the revision of every authority that their pod templates name.
 * @param fingerprints by name of the Secret, as a Cluster's status has them
 */
export function withAuthorityRevisions(
  masters: RenderedControlPlane,
  fingerprints: Readonly<Record<string, string>> = {},
): RenderedControlPlane {
  const entries = [...masters].map(
    ([name, objects]) => [name, objects.map((object) => annotated(object, fingerprints))] as const,
  );
  return new Map(entries);
}

function annotated(object: KubeObject, fingerprints: Readonly<Record<string, string>>): KubeObject {
  const { spec } = object as Partial<Workload>;
  const names = spec?.template?.metadata.annotations?.[AUTHORITIES];
  if (!spec || names === undefined) return object;
  const revisions = names.split(',').map((name) => `${name}=${digestOf(fingerprints[name] ?? '', DIGITS)}`);
  const { template } = spec;
  const annotations = { ...template.metadata.annotations, [AUTHORITIES]: revisions.join(',') };
  const metadata = { ...template.metadata, annotations };
  return { ...object, spec: { ...spec, template: { ...template, metadata } } };
}
