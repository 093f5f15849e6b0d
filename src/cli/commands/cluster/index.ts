import type { Command } from 'commander';
import type { CliContext } from '../../context.js';
import { addCreate } from './create.js';
import { addDelete } from './delete.js';
import { addDescribe } from './describe.js';
import { addKubeconfig } from './kubeconfig.js';
import { addGet, addList } from './list.js';
import { addExport, addImport } from './transfer.js';
import { addRestore } from './restore.js';
import { addUpdate } from './update.js';
import { addFinalize, addRollback, addUpgrade } from './upgrade.js';

export function registerCluster(program: Command, context: CliContext): void {
  const cluster = program.command('cluster').alias('clusters').summary('hosted clusters');
  const changes = [
    addCreate,
    addUpdate,
    addUpgrade,
    addFinalize,
    addRollback,
    addRestore,
    addExport,
    addImport,
    addDelete,
  ];
  for (const add of [addList, addGet, addDescribe, addKubeconfig, ...changes]) add(cluster, context);
}
