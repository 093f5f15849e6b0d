import type { Command } from 'commander';
import type { CliContext } from '../../context.js';
import { addCreate } from './create.js';
import { addDelete } from './delete.js';
import { addDescribe } from './describe.js';
import { addKubeconfig } from './kubeconfig.js';
import { addGet, addList } from './list.js';

export function registerCluster(program: Command, context: CliContext): void {
  const cluster = program.command('cluster').alias('clusters').summary('hosted clusters');
  for (const add of [addCreate, addList, addGet, addDescribe, addKubeconfig, addDelete])
    add(cluster, context);
}
