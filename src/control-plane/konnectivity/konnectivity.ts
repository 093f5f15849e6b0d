import type { KubeObject } from '../../kube/types.js';
import type { ClusterSpec } from '../../model/cluster.js';
import type { Arguments } from '../arguments.js';
import { asset } from '../assets.js';
import type { Workload } from '../component.js';
import { strategicMerge } from '../strategic-merge.js';

/**
 * The tunnel to nodes that the masters cannot dial (apiserver-network-proxy): a server beside each API server, and
 * agents on the nodes that dial it; see the addon of the same name.
 */

/**
 * One version for all: what the API server says to the server beside it has not changed since 1.30, and server and
 * agents come together from here.
 */
const VERSION = '0.36.0';

export function hasKonnectivity({ konnectivity }: ClusterSpec): boolean {
  return konnectivity?.enabled === true;
}

/** The official image of `proxy-server` or `proxy-agent`. */
export function konnectivityImage(command: 'proxy-server' | 'proxy-agent'): string {
  return `registry.k8s.io/kas-network-proxy/${command}:v${VERSION}`;
}

/** Flags of the API server. */
export function konnectivityFlags(spec: ClusterSpec): Arguments {
  return hasKonnectivity(spec)
    ? { 'egress-selector-config-file': '/etc/kubernetes/config/egress-selector.yaml' }
    : {};
}

const patches = ['configmap', 'service', 'deployment'] as const;

/** The objects of the API server with the tunnel's server in them, when the cluster has one. */
export function withKonnectivity(objects: readonly KubeObject[], spec: ClusterSpec): KubeObject[] {
  if (!hasKonnectivity(spec)) return [...objects];
  const changes = new Map(
    patches.map((name) => asset(`konnectivity/${name}.yaml`)).map((one) => [one.kind, one]),
  );
  const changed = objects.map((object) => merged(object, changes.get(object.kind)));
  for (const object of changed) if (object.kind === 'Deployment') setImage(object as Workload, spec);
  return [asset('konnectivity/network-policy.yaml'), ...changed];
}

function merged(object: KubeObject, patch: KubeObject | undefined): KubeObject {
  return patch ? strategicMerge(object, patch) : object;
}

function setImage({ spec: { template } }: Workload, { konnectivity }: ClusterSpec): void {
  const sidecar = template.spec.initContainers?.find(({ name }) => name === 'konnectivity-server');
  if (sidecar) sidecar.image = konnectivity?.serverImage ?? konnectivityImage('proxy-server');
}
