import { type Command, InvalidArgumentError } from 'commander';
import { addUserNodes } from '../../../local/user-nodes/user-nodes.js';
import type { Cluster } from '../../../model/cluster.js';
import type { ApiClient } from '../../api/api-client.js';
import { connect } from '../../api/connection.js';
import type { CliContext } from '../../context.js';
import { usageError } from '../../exit-codes.js';
import { outputFormat } from '../../output/print.js';

/** Seconds: for as long as it takes to join, and no longer than is needed when this process is killed. */
const TOKEN_TTL = 600;

interface AddOptions {
  count: number;
  kubernetesVersion?: string;
  name?: string;
}

const EXAMPLES = `
The nodes are sandbox hosts on this machine, beside the embedded meta-cluster. They come back with
\`berth up\` and go with their cluster. Machines of your own join with \`berth node token\`.

Examples:
  berth node add demo                                one node, of the version of the masters
  berth node add demo --count 3
  berth node add demo --name worker-1 --kubernetes-version 1.35.4`;

export function addAdd(parent: Command, context: CliContext): void {
  parent
    .command('add <cluster>')
    .summary('add nodes on this machine to a cluster')
    .option('--count <nodes>', 'how many', parseCount, 1)
    .option('--kubernetes-version <version>', "of kubelet and kubeadm [the masters']")
    .option('--name <name>', "name of the one node [the cluster's with a number]")
    .addHelpText('after', EXAMPLES)
    .action(async (name: string, options: AddOptions, command: Command) => {
      const { count, name: nodeName, kubernetesVersion } = options;
      if (nodeName !== undefined && count !== 1) {
        throw usageError('--name goes with one node only.', 'Leave out --name or --count.');
      }
      const api = await connect(context, command);
      const { metadata, spec } = await api.call<Cluster>(`/api/v1/clusters/${name}`);
      const wanted = {
        cluster: { name, uid: metadata.uid ?? '', podCIDR: spec.network.podCIDR },
        version: kubernetesVersion ?? spec.version,
        count,
        name: nodeName,
      };
      const script = () => joinScript(api, name);
      const nodes = await addUserNodes(context.dataDir(command), wanted, script, context.reporter(command));
      context.out.write(printed(name, nodes, outputFormat(command)));
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

/** For commander: throws InvalidArgumentError. */
function parseCount(text: string): number {
  const count = Number(text);
  if (Number.isInteger(count) && count > 0 && count <= 100) return count;
  throw new InvalidArgumentError('Give a whole number from 1 to 100.');
}
