import { type Command, Option } from 'commander';
import type { Cluster } from '../../../model/cluster.js';
import { connect } from '../../api/connection.js';
import type { CliContext } from '../../context.js';
import { CLUSTER } from '../../output/kinds.js';
import { printObjects } from '../../output/print.js';

interface ListOptions {
  tenant?: string;
  kubernetesVersion?: string;
  ready?: string;
  selector?: string;
  search?: string;
}

export function addList(parent: Command, context: CliContext): void {
  parent
    .command('list')
    .alias('ls')
    .summary('list clusters')
    .option('--tenant <tenant>', 'only those of this tenant')
    .option('--kubernetes-version <version>', 'only those of this version')
    .addOption(
      new Option('--ready <bool>', 'only those that are ready, or are not').choices(['true', 'false']),
    )
    .option('-l, --selector <selector>', 'only those whose labels match: a=b,c in (d,e),!f')
    .option('-s, --search <text>', 'only those with this text in name, host, tenant or version')
    .action(async ({ tenant, kubernetesVersion, ready, selector, search }: ListOptions, command: Command) => {
      const api = await connect(context, command);
      const query = { tenant, version: kubernetesVersion, ready, labelSelector: selector, q: search };
      const list = await api.list<Cluster>('/api/v1/clusters', query);
      printObjects(context, command, CLUSTER, { objects: list.items, value: list });
    });
}

export function addGet(parent: Command, context: CliContext): void {
  parent
    .command('get <cluster>')
    .summary('show one cluster')
    .action(async (name: string, _options: object, command: Command) => {
      const api = await connect(context, command);
      const cluster = await api.call<Cluster>(`/api/v1/clusters/${name}`);
      printObjects(context, command, CLUSTER, { objects: [cluster], value: cluster });
    });
}
