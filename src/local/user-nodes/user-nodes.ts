/** The user nodes of one embedded installation. */
import { BerthError } from '../../core/errors.js';
import { type StepHandle, type StepReporter, step } from '../../core/progress.js';
import { type BinaryLocations, BinaryProvider } from '../binaries/provider.js';
import { readInstallation } from '../installation.js';
import { allocatedNetwork } from '../network/allocation.js';
import { type NetworkPlan, networkPlan } from '../network/plan.js';
import { lockDataDir, metaHost } from '../parts.js';
import { type DataDir, dataDir } from '../paths.js';
import { requireLinuxRoot } from '../preflight/preflight.js';
import { chooseNames, freeNumber, refuseTakenNetwork } from './allocation.js';
import { type UserNodeRecord, readRecord, readRecords, writeRecord } from './record.js';
import { USER_NODE_COMMANDS, UserNode } from './user-node.js';

export interface NodesToAdd {
  cluster: { name: string; uid: string; podCIDR: string };
  /** Of kubelet and kubeadm. */
  version: string;
  count: number;
  /** Of the one node; by default the cluster's name with a number. */
  name?: string;
}

/** Where this installation is and what it is made with. */
interface Site {
  dir: DataDir;
  plan: NetworkPlan;
  binaries: BinaryLocations;
}

type Update = Pick<StepHandle, 'update'>;

/**
 * Makes hosts and joins each with the script that `joinScript` gives; it holds a token. Returns the names of the
 * nodes. A host that did not join is taken away again.
 */
export async function addUserNodes(
  root: string,
  wanted: NodesToAdd,
  joinScript: () => Promise<string>,
  reporter: StepReporter,
): Promise<string[]> {
  requireLinuxRoot();
  const dir = dataDir(root);
  await using _lock = await lockDataDir(dir, 'berth node add', reporter);
  const site = await runningSite(dir);
  const records = await readRecords(dir);
  refuseTakenNetwork(wanted, records);
  const names = chooseNames(wanted, records);
  const added: UserNodeRecord[] = [];
  for (const name of names) {
    const record = newRecord(name, wanted, [...records, ...added]);
    await step(reporter, `node-${name}`, `Node ${name}`, (handle) =>
      addUserNode(site, record, joinScript, handle),
    );
    added.push(record);
  }
  return names;
}

async function addUserNode(
  site: Site,
  record: UserNodeRecord,
  joinScript: () => Promise<string>,
  handle: Update,
): Promise<void> {
  const node = await prepared(site, record, handle);
  await writeRecord(site.dir, record);
  try {
    handle.update('starting');
    await node.start();
    handle.update('joining');
    await node.join(await joinScript(), (line) => handle.update(line));
  } catch (error) {
    await node.remove();
    throw error;
  }
}

/**
 * Ends the host of a node and removes all it had, after `leave` took the node out of its cluster.
 * Throws NoSuchHost when this installation made no such node.
 */
export async function removeUserNode(
  root: string,
  { cluster, name }: { cluster: string; name: string },
  leave: () => Promise<void>,
  reporter: StepReporter,
): Promise<void> {
  requireLinuxRoot();
  const dir = dataDir(root);
  await using _lock = await lockDataDir(dir, 'berth node remove', reporter);
  const record = await readRecord(dir, name);
  if (record?.cluster !== cluster) throw noSuchHost(cluster, name);
  const { plan } = await runningSite(dir);
  await leave();
  await step(reporter, 'host', `Host ${name} ends`, () => new UserNode(dir, plan, record).remove());
}

/** Brings back the nodes that joined, and takes away what a cut-off `add` left. */
export async function startUserNodes(dir: DataDir, plan: NetworkPlan, handle: Update): Promise<void> {
  const installation = await readInstallation(dir);
  for (const record of await readRecords(dir)) {
    if (!installation?.binaries || !record.joined) {
      await new UserNode(dir, plan, record).remove();
      continue;
    }
    handle.update(record.name);
    const site = { dir, plan, binaries: installation.binaries };
    const node = await prepared(site, record, handle);
    await node.start();
  }
}

export async function stopUserNodes(dir: DataDir, plan: NetworkPlan): Promise<void> {
  const records = await readRecords(dir);
  await Promise.all(records.map((record) => new UserNode(dir, plan, record).stop()));
}

async function prepared(site: Site, record: UserNodeRecord, { update }: Update): Promise<UserNode> {
  const wanted = USER_NODE_COMMANDS.map((command) => ({ command, version: record.version }));
  const provider = new BinaryProvider({ ...site.binaries, onProgress: update });
  return new UserNode(site.dir, site.plan, record, await provider.resolve(wanted));
}

function newRecord(
  name: string,
  { cluster, version }: NodesToAdd,
  others: readonly UserNodeRecord[],
): UserNodeRecord {
  const number = freeNumber(others.map((other) => other.number));
  return {
    name,
    cluster: cluster.name,
    clusterUid: cluster.uid,
    podCIDR: cluster.podCIDR,
    number,
    version,
    joined: false,
  };
}

/** Throws NotRunning unless the embedded meta-cluster of the data directory runs. */
async function runningSite(dir: DataDir): Promise<Site> {
  const installation = await readInstallation(dir);
  const index = await allocatedNetwork(dir.root);
  if (installation?.binaries && index !== undefined) {
    const plan = networkPlan(index);
    if (await metaHost(dir, plan).isRunning()) return { dir, plan, binaries: installation.binaries };
  }
  throw new BerthError('NotRunning', `No embedded meta-cluster runs in ${dir.root}.`, {
    next: 'Start it with `berth up`. Machines of your own join with `berth node token`.',
  });
}

function noSuchHost(cluster: string, name: string): BerthError {
  return new BerthError('NoSuchHost', `No host "${name}" of cluster ${cluster} was made on this machine.`, {
    status: 404,
    next: 'A machine of your own leaves with `berth node delete`, then the join script with --reset.',
  });
}
