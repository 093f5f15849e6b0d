/** The addresses of one embedded installation: a /16 of its own, so that several run side by side. */
import { BerthError } from '../../core/errors.js';

/** 10.128.0.0/16 … 10.191.0.0/16 */
export const MAX_NETWORKS = 64;
const FIRST_SECOND_OCTET = 128;
/** Name of the meta-cluster's node and of its host. */
export const META_NODE = 'meta';
/** Number of the meta-cluster's node; 1 is the machine itself. */
export const META_NODE_NUMBER = 2;
export const MAX_HOSTS = 250;

export interface NetworkPlan {
  index: number;
  /** Bridge on the machine that joins all sandbox hosts of the installation. */
  bridge: string;
  /** Everything below. */
  cidr: string;
  nodeCIDR: string;
  /** The machine's own address on the bridge; the sandbox hosts' default route. */
  gateway: string;
  serviceCIDR: string;
  podCIDR: string;
  /** Size of one node's part of `podCIDR`: about 4,000 pods. */
  podCIDRMaskSize: number;
  /** Address of the meta-cluster's node; also the address of its ingress. */
  metaAddress: string;
}

export function networkPlan(index: number): NetworkPlan {
  if (index < 0 || index >= MAX_NETWORKS) {
    throw new BerthError('NoNetworkLeft', `network index ${index} is not within 0..${MAX_NETWORKS - 1}`);
  }
  const prefix = `10.${FIRST_SECOND_OCTET + index}`;
  return {
    index,
    bridge: `berth${index}`,
    cidr: `${prefix}.0.0/16`,
    nodeCIDR: `${prefix}.0.0/24`,
    gateway: `${prefix}.0.1`,
    serviceCIDR: `${prefix}.16.0/20`,
    podCIDR: `${prefix}.64.0/18`,
    podCIDRMaskSize: 20,
    metaAddress: nodeAddress(prefix, META_NODE_NUMBER),
  };
}

/** Port of the installation's image registry, on the machine's own address on the bridge. */
export const REGISTRY_PORT = 5000;

export function registryUrl({ gateway }: NetworkPlan): string {
  return `http://${gateway}:${REGISTRY_PORT}`;
}

/** How one sandbox host is attached to the bridge. */
export interface NodeLink {
  /** Named network namespace, as in `ip netns list`. */
  namespace: string;
  /** The machine's end of the cable; the other end is eth0 inside. At most 15 characters. */
  hostInterface: string;
  address: string;
  gateway: string;
  prefixLength: number;
}

/** The link of host number `number` (2 is the meta-cluster's node) called `name`. */
export function nodeLink(plan: NetworkPlan, name: string, number: number): NodeLink {
  if (number < META_NODE_NUMBER || number > MAX_HOSTS) {
    throw new BerthError(
      'NoAddressLeft',
      `host number ${number} is not within ${META_NODE_NUMBER}..${MAX_HOSTS}`,
    );
  }
  return {
    namespace: `${plan.bridge}-${name}`,
    hostInterface: `${plan.bridge}n${number}`,
    address: nodeAddress(plan.gateway.split('.').slice(0, 2).join('.'), number),
    gateway: plan.gateway,
    prefixLength: 24,
  };
}

/** The link of the meta-cluster's node. */
export function metaLink(plan: NetworkPlan): NodeLink {
  return nodeLink(plan, META_NODE, META_NODE_NUMBER);
}

function nodeAddress(prefix: string, number: number): string {
  return `${prefix}.0.${number}`;
}
