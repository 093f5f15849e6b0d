import { BerthError } from '../../core/errors.js';
import { freeNetwork } from '../../control-plane/network.js';
import { type Cluster, DEFAULT_POD_CIDR } from '../../model/cluster.js';

/** A pod network that nobody else gets before it is disposed of. */
interface Taken extends Disposable {
  cidr: string;
}

/**
 * Gives clusters that name no pod network one of their own, as a VPC does: see docs/adr/0009-pod-networks.md.
 * What two processes give at the same moment may be the same; the embedded installation has one.
 */
export class PodNetworks {
  /** Given to clusters that are being created: not in the cache yet, but taken. */
  readonly #reserved = new Set<string>();

  constructor(private readonly options: { pool?: string; bits: number }) {}

  /**
   * @param named the one that the request names
   * @throws BerthError NoPodNetworkLeft (409)
   */
  take(clusters: readonly Cluster[], named?: string): Taken {
    const { pool, bits } = this.options;
    if (named !== undefined || pool === undefined)
      return { cidr: named ?? DEFAULT_POD_CIDR, [Symbol.dispose]: () => undefined };
    const used = clusters.map(({ spec }) => spec.network.podCIDR);
    const cidr = freeNetwork(pool, bits, [...used, ...this.#reserved]);
    if (cidr === undefined) throw noneLeft(pool);
    this.#reserved.add(cidr);
    return { cidr, [Symbol.dispose]: () => void this.#reserved.delete(cidr) };
  }
}

function noneLeft(pool: string): BerthError {
  return new BerthError('NoPodNetworkLeft', `All pod networks of ${pool} are in use.`, {
    status: 409,
    next: 'Name one in spec.network.podCIDR, or delete a cluster.',
  });
}
