import { hasKonnectivity } from '../control-plane/konnectivity/konnectivity.js';
import { identityFields } from '../control-plane/owned-fields.js';
import {
  applyPatches,
  ownershipProblems,
  type Patched,
  type PatchRules,
  specInvalid,
} from '../control-plane/patches.js';
import { digestOf } from '../core/digest.js';
import type { FieldProblem } from '../core/errors.js';
import type { KubeObject } from '../kube/types.js';
import type { ClusterSpec } from '../model/cluster.js';
import {
  type Addon,
  type AddonInput,
  ADDON_NAMESPACE,
  type AddonName,
  type AddonSettings,
  isWorkload,
} from './addon.js';
import { coreDNS } from './coredns.js';
import { flannel } from './flannel.js';
import { konnectivityAgent } from './konnectivity-agent.js';
import { kubeProxy } from './kube-proxy.js';
import { metricsServer } from './metrics-server.js';

/** On every object of an addon: which one it is of. What carries it and is desired no more is removed. */
export const ADDON_LABEL = 'berth.dev/addon';

const CONFIG_DIGEST = 'berth.dev/config-digest';

const addons: readonly Addon[] = [konnectivityAgent, kubeProxy, flannel, coreDNS, metricsServer];

export type RenderedAddons = ReadonlyMap<AddonName, KubeObject[]>;

/**
 * The addons that are on, with their objects. Pure.
 * @throws BerthError `ClusterSpecInvalid` (422) when a patch cannot be applied; `addonProblems` tells the same
 *   beforehand.
 */
export function renderAddons(input: AddonInput): RenderedAddons {
  const { objects, problems } = patched(input);
  if (problems.length > 0) throw specInvalid(problems);
  return new Map(
    [...objects].map(([addon, list]) => [addon.name, list.map((object) => finished(object, addon, list))]),
  );
}

/** Everything that is wrong with the addons of a spec beyond its schema, by field. */
export function addonProblems(spec: ClusterSpec): FieldProblem[] {
  const { addons: settings = {}, network, version: kubernetesVersion } = spec;
  const server = 'masters.invalid:443';
  const konnectivity = hasKonnectivity(spec) ? { server } : undefined;
  const input = { kubernetesVersion, server, network, settings, konnectivity };
  return [...cniProblems(settings), ...patched(input).problems];
}

/** Pods of addons may be privileged, and who owns a cluster may change all of them but what they are. */
const rules: PatchRules = {
  path: 'spec.addons.patches',
  whose: "the addons'",
  problems: (change) => ownershipProblems(identityFields, change),
};

function patched(input: AddonInput): Patched<Addon> {
  const on = addons.filter(({ isOn }) => isOn(input));
  const rendered = new Map(on.map((addon) => [addon, addon.render(input)]));
  return applyPatches(rendered, input.settings.patches ?? [], rules);
}

function cniProblems({ cni }: AddonSettings): FieldProblem[] {
  if (cni?.type !== 'none' || (cni.backend === undefined && cni.image === undefined)) return [];
  const message = 'backend and image are settings of flannel. Leave them out with type none.';
  return [{ path: 'spec.addons.cni', code: 'CNISettingUnused', message }];
}

/** With the label, and with what rolls the pods of an addon that reads its ConfigMap at the start only. */
function finished(object: KubeObject, addon: Addon, all: readonly KubeObject[]): KubeObject {
  const labels = { ...object.metadata.labels, [ADDON_LABEL]: addon.name };
  const labelled = { ...object, metadata: { ...object.metadata, labels } };
  if (!addon.readsConfigOnce || !isWorkload(labelled)) return labelled;
  const config = digestOf(
    all.filter(({ kind }) => kind === 'ConfigMap'),
    12,
  );
  const { template } = labelled.spec;
  const annotations = { ...template.metadata.annotations, [CONFIG_DIGEST]: config };
  const annotated = { ...template, metadata: { ...template.metadata, annotations } };
  return { ...labelled, spec: { ...labelled.spec, template: annotated } };
}

/** The workload that tells an addon's health. */
export function workloadOf(name: AddonName): { kind: string; namespace: string; name: string } {
  return { ...addonNamed(name).workload, namespace: ADDON_NAMESPACE };
}

/** The release of an addon, by the image it was rendered with; undefined when that has no tag. */
export function versionOf(name: AddonName, objects: readonly KubeObject[]): string | undefined {
  const { workload } = addonNamed(name);
  const found = objects
    .filter(isWorkload)
    .find(({ kind, metadata }) => kind === workload.kind && metadata.name === workload.name);
  return /^[^@]*[^@/]*:v?([\w.-]+)$/.exec(found?.spec.template.spec.containers[0]?.image ?? '')?.[1];
}

function addonNamed(name: AddonName): Addon {
  const addon = addons.find((one) => one.name === name);
  if (!addon) throw new Error(`there is no addon ${name}`);
  return addon;
}
