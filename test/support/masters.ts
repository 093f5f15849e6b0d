/** Inputs for the masters' tests: the plans and versions that Berth ships, and a plain cluster. */
import type { ControlPlaneInput } from '../../src/control-plane/component.js';
import { manifestsIn } from '../../src/kube/manifests.js';
import { type ClusterSpec, clusterSpec } from '../../src/model/cluster.js';
import type { ControlPlaneVersion, ControlPlaneVersionSpec } from '../../src/model/control-plane-version.js';
import type { Plan, PlanSpec } from '../../src/model/plan.js';

const shipped = manifestsIn('berth');

export const planNames = ['dev', 'standard', 'ha'] as const;
export const versionNumbers = ['1.35.4', '1.36.3', '1.37.0'] as const;

export const catalogue = shipped('versions.yaml') as ControlPlaneVersion[];

export function planNamed(name: string): PlanSpec {
  const plans = shipped('plans.yaml') as Plan[];
  const found = plans.find(({ metadata }) => metadata.name === name);
  if (!found) throw new Error(`manifests/berth has no plan ${name}`);
  return found.spec;
}

export function versionNumbered(number: string): ControlPlaneVersionSpec {
  const found = catalogue.find(({ spec }) => spec.kubernetesVersion === number);
  if (!found) throw new Error(`manifests/berth has no version ${number}`);
  return found.spec;
}

/** A spec as the API server has it after defaulting. */
export function specWith(fields: Record<string, unknown> = {}): ClusterSpec {
  return clusterSpec.parse({ version: '1.36.3', ...fields });
}

export function mastersInput(changes: Partial<ControlPlaneInput> = {}, spec = specWith()): ControlPlaneInput {
  return {
    cluster: { name: 'demo', namespace: 'berth-c-demo', spec },
    plan: planNamed('dev'),
    version: versionNumbered(spec.version),
    service: { type: 'ClusterIP' },
    ...changes,
  };
}
