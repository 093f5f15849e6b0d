import type { Command } from 'commander';
import { removeUserNode } from '../../../local/user-nodes/user-nodes.js';
import { BerthError } from '../../../core/errors.js';
import { step } from '../../../core/progress.js';
import type { NodeView } from '../../../nodes/node-view.js';
import type { ApiClient } from '../../api/api-client.js';
import { connect } from '../../api/connection.js';
import type { CliContext } from '../../context.js';
import { parseDuration } from '../../duration.js';
import { DRAIN_SECONDS, drain, nodePath } from './nodes.js';
import { printValue } from '../../output/value.js';

interface RemoveOptions {
  drain: boolean;
  timeout: number;
}

const EXAMPLES = `
Examples:
  berth node remove demo demo-2              drain it, take it out of the cluster, end its host
  berth node remove demo demo-2 --no-drain   at once, with all that runs on it`;

export function addRemove(parent: Command, context: CliContext): void {
  parent
    .command('remove <cluster> <node>')
    .alias('rm')
    .summary('take away a node that `berth node add` made')
    .option('--no-drain', 'do not ask its pods to leave first')
    .option('--timeout <duration>', 'longest wait for its pods', parseDuration, DRAIN_SECONDS)
    .addHelpText('after', EXAMPLES)
    .action(async (cluster: string, node: string, options: RemoveOptions, command: Command) => {
      const reporter = context.reporter(command);
      const api = await connect(context, command);
      const leave = (): Promise<void> =>
        step(reporter, 'leave', `Node ${node} leaves ${cluster}`, ({ update }) =>
          leaveCluster(api, nodePath(cluster, node), node, options, update),
        );
      await removeUserNode(context.dataDir(command), { cluster, name: node }, leave, reporter);
      printValue(
        context,
        command,
        { cluster, node },
        {
          names: [`node/${node}`],
          table: () => `node/${node} removed\n`,
        },
      );
    });
}

/** A node that is not in the cluster, or whose cluster is gone, has left. */
async function leaveCluster(
  api: ApiClient,
  path: string,
  node: string,
  options: RemoveOptions,
  update: (detail: string) => void,
): Promise<void> {
  try {
    if (options.drain) {
      // Its machine ends: what would be lost on another drain is lost here in any case.
      const flags = { force: true, deleteEmptydirData: true, timeout: options.timeout };
      await drain(api, `${path}/drain`, flags, update);
    }
    await api.call<NodeView>(path, { method: 'DELETE', query: { confirm: node } });
  } catch (error) {
    if (!(error instanceof BerthError) || error.status !== 404) throw error;
  }
}
