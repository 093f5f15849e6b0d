import type { Command } from 'commander';
import type { Cluster } from '../../../model/cluster.js';
import { connect } from '../../api/connection.js';
import { DEFAULT_WAIT_SECONDS, followOperation } from '../../api/operation-progress.js';
import { confirmByName } from '../../confirmation.js';
import type { CliContext } from '../../context.js';
import { parseDuration } from '../../duration.js';
import { printValue } from '../../output/value.js';

interface DeleteOptions {
  yes: boolean;
  wait: boolean;
  timeout: number;
}

const EXAMPLES = `
Examples:
  berth cluster delete demo              asks for the name once more
  berth cluster delete demo --yes --wait for scripts`;

export function addDelete(parent: Command, context: CliContext): void {
  parent
    .command('delete <cluster>')
    .summary('delete a cluster and all that is in it')
    .option('-y, --yes', 'do not ask', false)
    .option('--wait', 'wait until nothing of it is left, and show the steps', false)
    .option('--timeout <duration>', 'longest wait', parseDuration, DEFAULT_WAIT_SECONDS)
    .addHelpText('after', EXAMPLES)
    .action(async (name: string, options: DeleteOptions, command: Command) => {
      const api = await connect(context, command);
      const path = `/api/v1/clusters/${name}`;
      if (!options.yes) {
        await api.call<Cluster>(path);
        const loss = `Everything in cluster "${name}" will be lost.`;
        await confirmByName(context, { name, loss, verb: 'delete', participle: 'deleted' });
      }
      const left = await api.call<Cluster>(path, { method: 'DELETE', query: { confirm: name } });
      if (options.wait) {
        const target = { cluster: name, type: 'Delete', since: left.metadata.deletionTimestamp } as const;
        const reporter = context.reporter(command);
        await followOperation(api, target, { reporter, timeoutSeconds: options.timeout });
      }
      printValue(context, command, left, {
        names: [`cluster/${name}`],
        table: () => `cluster/${name} ${options.wait ? 'deleted' : 'is being deleted'}\n`,
      });
    });
}
