/**
 * Which data directory has which network. One symbolic link a network, named by its index and pointing at the
 * data directory: making a link is atomic, and a link to a directory that is gone is free again.
 */
import { mkdir, readdir, readlink, rm, rmdir, stat, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import ipaddr from 'ipaddr.js';
import { BerthError } from '../../core/errors.js';
import { run } from '../../core/process.js';
import { acquireLock } from '../lock.js';
import { MAX_NETWORKS, networkPlan } from './plan.js';

/** Kept over restarts of the machine: a stopped installation keeps its addresses. */
export const NETWORK_REGISTRY = '/var/lib/berth-networks';

/**
 * The index of `dataDir`, allocated now when it has none; makes the directory, since what is not there has no claim.
 * Skips networks the machine already routes.
 */
export async function allocateNetwork(
  dataDir: string,
  registry = NETWORK_REGISTRY,
  usedNetworks: () => Promise<string[]> = routedNetworks,
): Promise<number> {
  const existing = await allocatedNetwork(dataDir, registry);
  if (existing !== undefined) return existing;
  await mkdir(dataDir, { recursive: true, mode: 0o755 });
  // Of two that find the same link to nowhere, the second would take away what the first has put in its place.
  await using _lock = await acquireLock(`networks ${registry}`, 'taking a network');
  await mkdir(registry, { recursive: true });
  const used = await usedNetworks();
  for (let index = 0; index < MAX_NETWORKS; index += 1) {
    if (overlapsAny(networkPlan(index).cidr, used)) continue;
    if (await claim(join(registry, String(index)), dataDir)) return index;
  }
  throw new BerthError('NoNetworkLeft', `all ${MAX_NETWORKS} networks from 10.128.0.0/16 on are in use`, {
    next: 'Remove an installation you no longer need with `berth down --purge --data-dir DIR`.',
  });
}

export async function allocatedNetwork(
  dataDir: string,
  registry = NETWORK_REGISTRY,
): Promise<number | undefined> {
  for (const name of await entries(registry)) {
    if ((await readlink(join(registry, name))) === dataDir) return Number(name);
  }
  return undefined;
}

/** Wide private networks, apart from those of installations and from the usual Service network. */
const POD_NETWORK_POOLS = ['10.192.0.0/10', '100.64.0.0/10', '172.16.0.0/12'] as const;

/**
 * The pool of pod networks for the clusters of an installation: the first that hides nothing the machine routes to.
 * Installations may have the same: no route to a hosted pod leaves their own hosts.
 */
export async function choosePodNetworkPool(
  usedNetworks: () => Promise<string[]> = routedNetworks,
): Promise<string> {
  const used = await usedNetworks();
  return POD_NETWORK_POOLS.find((pool) => !overlapsAny(pool, used)) ?? POD_NETWORK_POOLS[0];
}

/** Gives the network back; the registry goes with its last entry. */
export async function releaseNetwork(dataDir: string, registry = NETWORK_REGISTRY): Promise<void> {
  const index = await allocatedNetwork(dataDir, registry);
  if (index !== undefined) await rm(join(registry, String(index)), { force: true });
  if ((await entries(registry)).length === 0) await rmdir(registry).catch(() => undefined);
}

async function entries(registry: string): Promise<string[]> {
  try {
    return await readdir(registry);
  } catch {
    return [];
  }
}

async function claim(link: string, dataDir: string): Promise<boolean> {
  try {
    await symlink(dataDir, link);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  if (await stat(link).catch(() => undefined)) return false;
  await rm(link, { force: true });
  return claim(link, dataDir);
}

/** Destinations of all routes of the machine but the default one. */
async function routedNetworks(): Promise<string[]> {
  const routes = JSON.parse(await run('ip', ['-j', '-4', 'route', 'show', 'table', 'main'])) as {
    dst: string;
  }[];
  return routes
    .map(({ dst }) => dst)
    .filter((dst) => dst !== 'default')
    .map((dst) => (dst.includes('/') ? dst : `${dst}/32`));
}

function overlapsAny(cidr: string, others: readonly string[]): boolean {
  return others.some((other) => overlap(cidr, other));
}

/** Two networks overlap when the wider one holds the other's first address. */
function overlap(left: string, right: string): boolean {
  const [a, b] = [ipaddr.IPv4.parseCIDR(left), ipaddr.IPv4.parseCIDR(right)];
  return a[1] <= b[1] ? b[0].match(a) : a[0].match(b);
}
