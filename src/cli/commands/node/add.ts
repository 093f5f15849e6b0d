import { setTimeout as delay } from 'node:timers/promises';
import type { Command } from 'commander';
import { BerthError } from '../../../core/errors.js';
import { type StepReporter, step } from '../../../core/progress.js';
import { addUserNodes } from '../../../local/user-nodes/user-nodes.js';
import type { Cluster } from '../../../model/cluster.js';
import type { NodeView } from '../../../nodes/node-view.js';
import type { ApiClient } from '../../api/api-client.js';
import { connect } from '../../api/connection.js';
import type { CliContext } from '../../context.js';
import { parseDuration } from '../../duration.js';
import { usageError } from '../../exit-codes.js';
import { outputFormat } from '../../output/print.js';
import { wholeNumber } from '../../whole-number.js';

/** Seconds: for as long as it takes to join, and no longer than is needed when this process is killed. */
const TOKEN_TTL = 600;

/** More would be a machine of their own. */
const MOST_NODES = 100;
const READY_SECONDS = 180;
const READY_PAUSE_MS = 500;

interface AddOptions {
  count: number;
  kubernetesVersion?: string;
  name?: string;
  wait: boolean;
  timeout: number;
}

const EXAMPLES = `
The nodes are sandbox hosts on this machine, beside the embedded meta-cluster. They come back with
\`berth up\` and go with their cluster. Machines of your own join with \`berth node token\`.

Examples:
  berth node add demo                                one node, of the version of the masters
  berth node add demo --count 3 --wait
  berth node add demo --name worker-1 --kubernetes-version 1.35.4`;

export function addAdd(parent: Command, context: CliContext): void {
  parent
    .command('add <cluster>')
    .summary('add nodes on this machine to a cluster')
    .option('--count <nodes>', 'how many', wholeNumber(1, MOST_NODES), 1)
    .option('--kubernetes-version <version>', "of kubelet and kubeadm [the masters']")
    .option('--name <name>', "name of the one node [the cluster's with a number]")
    .addHelpText('after', EXAMPLES)
    .option('--wait', 'wait until they are ready for pods', false)
    .option('--timeout <duration>', 'longest wait', parseDuration, READY_SECONDS)
    .addHelpText('after', EXAMPLES)
    .action(async (cluster: string, options: AddOptions, command: Command) => {
      if (options.name !== undefined && options.count !== 1) {
        throw usageError('--name goes with one node only.', 'Leave out --name or --count.');
      }
      const api = await connect(context, command);
      const site = { dataDir: context.dataDir(command), reporter: context.reporter(command) };
      const nodes = await addNodes(api, site, cluster, options);
      if (options.wait) await awaitReady(api, site.reporter, cluster, nodes, options.timeout);
      context.out.write(printed(cluster, nodes, outputFormat(command)));
    });
}

interface Site {
  dataDir: string;
  reporter: StepReporter;
}

/** Makes hosts on this machine and joins them. Returns the names of the nodes. */
export async function addNodes(
  api: ApiClient,
  { dataDir, reporter }: Site,
  cluster: string,
  { count, kubernetesVersion, name }: Pick<AddOptions, 'count' | 'kubernetesVersion' | 'name'>,
): Promise<string[]> {
  const { metadata, spec } = await api.call<Cluster>(`/api/v1/clusters/${cluster}`);
  const owner = { name: cluster, uid: metadata.uid ?? '', podCIDR: spec.network.podCIDR };
  const wanted = { cluster: owner, version: kubernetesVersion ?? spec.version, count, name };
  return addUserNodes(dataDir, wanted, () => joinScript(api, cluster), reporter);
}

/** Waits until nodes are ready for pods. Throws NodesNotReady with what they say. */
export async function awaitReady(
  api: ApiClient,
  reporter: StepReporter,
  cluster: string,
  names: readonly string[],
  timeoutSeconds = READY_SECONDS,
): Promise<void> {
  const deadline = performance.now() + timeoutSeconds * 1000;
  await step(reporter, 'ready', `Nodes of ${cluster} are ready`, async ({ update }) => {
    for (;;) {
      const { items } = await api.call<{ items: NodeView[] }>(`/api/v1/clusters/${cluster}/nodes`);
      const waiting = items.filter(({ name, state }) => names.includes(name) && state !== 'Ready');
      if (waiting.length === 0) return;
      const told = waiting.map(({ name, message = '' }) => `${name}: ${message}`).join('; ');
      if (performance.now() > deadline) throw notReady(told);
      update(told);
      await delay(READY_PAUSE_MS);
    }
  });
}

function notReady(told: string): BerthError {
  return new BerthError('NodesNotReady', `Not ready in time: ${told}.`, {
    transient: true,
    next: 'They may become so: berth node list CLUSTER.',
  });
}

/** The script that any machine would get, with a token for one node. */
async function joinScript(api: ApiClient, cluster: string): Promise<string> {
  const body = { ttlSeconds: TOKEN_TTL, usageLimit: 1, description: 'berth node add' };
  const { token } = await api.call<{ token: string }>(`/api/v1/clusters/${cluster}/join-tokens`, {
    method: 'POST',
    body,
  });
  return api.text(`/api/v1/clusters/${cluster}/join-script`, token);
}

function printed(cluster: string, nodes: readonly string[], format: string): string {
  if (format === 'json') return `${JSON.stringify({ cluster, nodes })}\n`;
  return nodes
    .map((node) => (format === 'name' ? `node/${node}\n` : `node/${node} joined ${cluster}\n`))
    .join('');
}
