import type { Command } from 'commander';
import { BerthError } from '../../core/errors.js';
import type { Operation } from '../../model/operation.js';
import { connect } from '../api/connection.js';
import { DEFAULT_WAIT_SECONDS, followOperation } from '../api/operation-progress.js';
import type { CliContext } from '../context.js';
import { parseDuration } from '../duration.js';
import { OPERATION } from '../output/kinds.js';
import { outputFormat, printObjects } from '../output/print.js';
import { newestOf, operationSteps } from '../output/operation.js';

export function registerOperation(program: Command, context: CliContext): void {
  const operation = program.command('operation').alias('operations').summary('what was and is being done');
  addList(operation, context);
  addGet(operation, context);
  addWatch(operation, context);
}

function addList(parent: Command, context: CliContext): void {
  parent
    .command('list')
    .alias('ls')
    .summary('list operations')
    .option('--cluster <cluster>', 'only those of this cluster')
    .action(async ({ cluster }: { cluster?: string }, command: Command) => {
      const api = await connect(context, command);
      const path = cluster === undefined ? '/api/v1/operations' : `/api/v1/clusters/${cluster}/operations`;
      const list = await api.list<Operation>(path);
      printObjects(context, command, OPERATION, { objects: list.items, value: list });
    });
}

function addGet(parent: Command, context: CliContext): void {
  parent
    .command('get <cluster> <operation>')
    .summary('show one operation and its steps')
    .action(async (cluster: string, name: string, _options: object, command: Command) => {
      const api = await connect(context, command);
      const operation = await api.call<Operation>(`/api/v1/clusters/${cluster}/operations/${name}`);
      printObjects(context, command, OPERATION, { objects: [operation], value: operation });
      if (['table', 'wide'].includes(outputFormat(command)))
        context.out.write(`\n${operationSteps(operation)}`);
    });
}

function addWatch(parent: Command, context: CliContext): void {
  parent
    .command('watch <cluster> [operation]')
    .summary('follow an operation, the newest of the cluster unless named, to its end')
    .option('--timeout <duration>', 'longest wait', parseDuration, DEFAULT_WAIT_SECONDS)
    .action(
      async (cluster: string, named: string | undefined, options: { timeout: number }, command: Command) => {
        const api = await connect(context, command);
        const { items } = await api.list<Operation>(`/api/v1/clusters/${cluster}/operations`);
        const name = named ?? newestOf(items)?.metadata.name;
        if (name === undefined) throw noOperation(cluster);
        const reporter = context.reporter(command);
        const ended = await followOperation(
          api,
          { cluster, name },
          { reporter, timeoutSeconds: options.timeout },
        );
        printObjects(context, command, OPERATION, { objects: [ended], value: ended });
      },
    );
}

function noOperation(cluster: string): BerthError {
  return new BerthError('OperationNotFound', `Cluster "${cluster}" has no operations.`, {
    status: 404,
    next: 'List what is there: berth operation list.',
  });
}
