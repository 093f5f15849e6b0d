/** Names and numbers of new user nodes. Pure. */
import { networksOverlap } from '../../control-plane/network.js';
import { BerthError } from '../../core/errors.js';
import { MAX_HOSTS, META_NODE, META_NODE_NUMBER } from '../network/plan.js';

/** A host name is one label of DNS. */
const NAME = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

interface Naming {
  cluster: { name: string };
  count: number;
  name?: string;
}

/**
 * The name that was asked for, or the cluster's with the lowest numbers that are free.
 * Throws NodeNameTaken and InvalidNodeName.
 */
export function chooseNames(
  { cluster, count, name }: Naming,
  hosts: readonly { name: string; cluster: string }[],
): string[] {
  if (name !== undefined) return [checkedName(name, hosts)];
  const taken = new Set(hosts.map((host) => host.name));
  const names: string[] = [];
  for (let number = 1; names.length < count; number += 1) {
    const candidate = `${cluster.name}-${number}`;
    if (!taken.has(candidate)) names.push(candidate);
  }
  return names;
}

/** The lowest free number of a host. Throws NoAddressLeft. */
export function freeNumber(taken: readonly number[]): number {
  for (let number = META_NODE_NUMBER + 1; number <= MAX_HOSTS; number += 1) {
    if (!taken.includes(number)) return number;
  }
  throw new BerthError('NoAddressLeft', `All ${MAX_HOSTS} addresses for hosts are in use.`, {
    next: 'Remove nodes with `berth node remove`.',
  });
}

/** Throws PodNetworkTaken when another cluster with hosts here has addresses of the same pod network. */
export function refuseTakenNetwork(
  { cluster }: { cluster: { name: string; podCIDR: string } },
  hosts: readonly { cluster: string; podCIDR: string }[],
): void {
  const others = hosts.filter((host) => host.cluster !== cluster.name);
  const owner = others.find(({ podCIDR }) => networksOverlap(podCIDR, cluster.podCIDR));
  if (!owner) return;
  const message = `The pod network ${cluster.podCIDR} of cluster ${cluster.name} overlaps that of ${owner.cluster}`;
  throw new BerthError('PodNetworkTaken', `${message}, which has nodes on this machine.`, {
    status: 409,
    next: 'Create the cluster without a podCIDR: it gets one of its own.',
  });
}

function checkedName(name: string, hosts: readonly { name: string; cluster: string }[]): string {
  if (!NAME.test(name) || name === META_NODE) {
    throw new BerthError('InvalidNodeName', `"${name}" cannot be the name of a node here.`, {
      next: `Use up to 63 lower-case letters, digits and "-"; "${META_NODE}" is taken.`,
    });
  }
  const owner = hosts.find((host) => host.name === name);
  if (!owner) return name;
  throw new BerthError('NodeNameTaken', `A host "${name}" is a node of cluster ${owner.cluster}.`, {
    next: 'Choose another --name.',
  });
}
