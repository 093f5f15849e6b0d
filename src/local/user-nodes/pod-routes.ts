/** Routes from the masters to the pods of user nodes, as a VPC has them: see docs/adr/0009-pod-networks.md. */
import { z } from 'zod';
import { run } from '../../core/process.js';

/** Marks our routes among those of the host (`ip route`, PROTO); a number nobody has a name for. */
const PROTOCOL = '196';

export interface PodRoute {
  /** The pods' network. */
  cidr: string;
  /** Address of the node that has them. */
  via: string;
}

const routeList = z.array(z.object({ dst: z.string(), gateway: z.string().optional() }));

/** The routes to pods in one network namespace. */
export class PodRoutes {
  constructor(private readonly namespace: string) {}

  /**
   * Makes `wanted` the routes over the hosts with these addresses; others stay as they are. A network that has a
   * route over another host keeps it, and is in the answer.
   */
  async set(addresses: ReadonlySet<string>, wanted: readonly PodRoute[]): Promise<PodRoute[]> {
    const live = await this.list();
    for (const route of live) {
      if (addresses.has(route.via) && !wanted.some((one) => same(one, route))) await this.remove(route);
    }
    const refused: PodRoute[] = [];
    for (const route of wanted) {
      const other = live.find(({ cidr, via }) => cidr === route.cidr && !addresses.has(via));
      if (other) refused.push(route);
      else if (!live.some((one) => same(one, route))) await this.add(route);
    }
    return refused;
  }

  /** Removes the routes over hosts that are not among `addresses`. */
  async keepOnly(addresses: ReadonlySet<string>): Promise<void> {
    for (const route of await this.list()) {
      if (!addresses.has(route.via)) await this.remove(route);
    }
  }

  private async list(): Promise<PodRoute[]> {
    const text = await this.ip('-j', 'route', 'show', 'proto', PROTOCOL);
    return routeList.parse(JSON.parse(text)).map(({ dst, gateway = '' }) => ({ cidr: dst, via: gateway }));
  }

  private add({ cidr, via }: PodRoute): Promise<unknown> {
    return this.ip('route', 'replace', cidr, 'via', via, 'proto', PROTOCOL);
  }

  private remove({ cidr, via }: PodRoute): Promise<unknown> {
    return this.ip('route', 'del', cidr, 'via', via, 'proto', PROTOCOL);
  }

  private ip(...args: string[]): Promise<string> {
    return run('ip', ['-n', this.namespace, ...args]);
  }
}

function same(one: PodRoute, other: PodRoute): boolean {
  return one.cidr === other.cidr && one.via === other.via;
}
