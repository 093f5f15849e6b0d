import type { KubeObject } from '../kube/types.js';
import { labels } from '../model/names.js';
import type { PlanSpec } from '../model/plan.js';
import {
  type Arguments,
  listValues,
  mergeArguments,
  parseArguments,
  printArguments,
  withoutArguments,
} from './arguments.js';
import { minorOf } from '../versions/stages.js';
import { asset } from './assets.js';
import { authoritiesRead } from './authority-revisions.js';
import {
  type Component,
  type ComponentName,
  type Container,
  type ControlPlaneInput,
  VERSION_LABEL,
  type Workload,
} from './component.js';

/** Small changes that turn a manifest into the object of one cluster. They change the copy they are given. */

/** The keys under which plans, versions and clusters speak of a component. */
export const componentKeys = {
  etcd: 'etcd',
  'kube-apiserver': 'apiServer',
  'kube-controller-manager': 'controllerManager',
  'kube-scheduler': 'scheduler',
} as const satisfies Record<ComponentName, keyof PlanSpec>;

const imageKeys = {
  etcd: 'etcd',
  'kube-apiserver': 'kubeApiserver',
  'kube-controller-manager': 'kubeControllerManager',
  'kube-scheduler': 'kubeScheduler',
} as const;

type EnvVar = NonNullable<Container['env']>[number];
type RenderedComponent = Pick<Component, 'name' | 'version' | 'workload' | 'readsOnce'>;

/** The workload of a component: replicas, image, flags and resources put into its manifest. */
export function workload(
  { name, version, workload: { kind }, readsOnce }: RenderedComponent,
  input: ControlPlaneInput,
  args: Arguments,
): Workload {
  const object = asset(`${name}/${kind.toLowerCase()}.yaml`) as Workload;
  const size = input.plan[componentKeys[name]];
  object.spec.replicas = size.replicas;
  const { metadata, spec } = object.spec.template;
  metadata.labels[VERSION_LABEL] = version(input);
  metadata.annotations = authoritiesRead(readsOnce);
  for (const container of spec.containers) {
    container.image = input.version.images[imageKeys[name]];
    container.resources = size.resources;
    const all = allArguments(name, input, parseArguments(container.args ?? []), args);
    container.args = printArguments(all);
    const env = [...(container.env ?? []), ...runtimeSettings(name, all, size.gogc)];
    if (env.length > 0) container.env = env;
  }
  return object;
}

/** Settings of the Go runtime. Samples for heap profiles take 1 to 2 MiB: only those who can be asked keep them. */
function runtimeSettings(name: ComponentName, args: Arguments, gogc: number | undefined): EnvVar[] {
  const last = (flag: string): string | undefined => listValues(args[flag]).at(-1);
  const profiles = name === 'etcd' ? last('enable-pprof') === 'true' : last('profiling') !== 'false';
  return [
    ...(profiles ? [] : [{ name: 'GODEBUG', value: 'memprofilerate=0' }]),
    ...(gogc === undefined ? [] : [{ name: 'GOGC', value: String(gogc) }]),
  ];
}

/** The recipe, then what the version differs in, then what the cluster asks for. */
function allArguments(
  name: ComponentName,
  { version, cluster, actsAs }: ControlPlaneInput,
  ...recipe: readonly Arguments[]
): Arguments {
  const key = componentKeys[name];
  const differences = version.components?.[key];
  const known = withoutArguments(mergeArguments(...recipe), differences?.removedArgs ?? []);
  const gates = name === 'etcd' ? undefined : featureGates(version.featureGates);
  const emulation =
    name === 'etcd' || actsAs === undefined ? undefined : { 'emulated-version': minorOf(actsAs) };
  const asked = key === 'etcd' ? undefined : cluster.spec[key]?.extraArgs;
  return mergeArguments(known, gates, differences?.extraArgs, asked, emulation);
}

function featureGates(gates: Record<string, boolean> = {}): Arguments {
  const list = Object.entries(gates).map(([gate, on]) => `${gate}=${on}`);
  return list.length === 0 ? {} : { 'feature-gates': list.toSorted().join(',') };
}

/** A budget protects a second replica; for a single one it would only block drains of the meta-cluster. */
export function disruptionBudget(name: ComponentName, { plan }: ControlPlaneInput): KubeObject[] {
  return plan[componentKeys[name]].replicas > 1 ? [asset(`${name}/pod-disruption-budget.yaml`)] : [];
}

/** Puts an object into the cluster's namespace, with the labels that everything of the masters carries. */
export function owned(object: KubeObject, component: string, { cluster }: ControlPlaneInput): KubeObject {
  const common = {
    [labels.cluster]: cluster.name,
    [labels.component]: component,
    [labels.managedBy]: 'berth',
  };
  object.metadata.namespace = cluster.namespace;
  object.metadata.labels = { ...object.metadata.labels, ...common };
  const template = (object as Partial<Workload>).spec?.template;
  if (template) template.metadata.labels = { ...template.metadata.labels, ...common };
  return object;
}
