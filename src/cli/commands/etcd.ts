import type { Command } from 'commander';
import type { Cluster, EtcdStatus } from '../../model/cluster.js';
import { findCondition } from '../../model/conditions.js';
import { connect } from '../api/connection.js';
import type { CliContext } from '../context.js';
import { usageError } from '../exit-codes.js';
import { outputFormat } from '../output/print.js';
import { beginOperation, type OperationOptions, withOperationOptions } from './begin-operation.js';

const EXAMPLES = `
Examples:
  berth etcd status demo
  berth etcd defrag demo --wait
  berth etcd replace-member demo etcd-1 --yes --wait`;

export function registerEtcd(program: Command, context: CliContext): void {
  const etcd = program
    .command('etcd')
    .summary('the store of a hosted cluster')
    .addHelpText('after', EXAMPLES);
  for (const add of [addStatus, addDefrag, addReplace]) add(etcd, context);
}

function addStatus(parent: Command, context: CliContext): void {
  parent
    .command('status <cluster>')
    .summary('members, quota, alarms')
    .action(async (name: string, _options: object, command: Command) => {
      const api = await connect(context, command);
      const { status } = await api.call<Cluster>(`/api/v1/clusters/${name}`);
      const json = outputFormat(command) === 'json';
      if (json) context.out.write(`${JSON.stringify(status?.etcd ?? null)}\n`);
      else context.out.write(told(status?.etcd, findCondition(status?.conditions, 'EtcdHealthy')));
    });
}

function told(
  etcd: EtcdStatus | undefined,
  condition: { reason: string; message: string } | undefined,
): string {
  if (!etcd) return 'not looked at yet\n';
  const members = etcd.members.map(
    ({ name, id, leader, learner, version, sizeBytes, message }) =>
      `  ${name}  ${id === undefined ? `does not answer: ${message}` : `${version}  ${mebibytes(sizeBytes)}`}` +
      `${leader ? '  leader' : ''}${learner ? '  learner' : ''}`,
  );
  const quota = `quota ${mebibytes(etcd.quotaBytes)}, ${etcd.usedPercent} % used, as of ${etcd.checkedAt}`;
  const health = [condition?.reason, condition?.message].filter(Boolean).join(': ');
  return `${[health, quota, ...(etcd.alarms ?? []).map((alarm) => `alarm ${alarm}`), ...members].join('\n')}\n`;
}

function mebibytes(count = 0): string {
  return `${(count / 1024 / 1024).toFixed(1)} MiB`;
}

function addDefrag(parent: Command, context: CliContext): void {
  withOperationOptions(parent.command('defrag <cluster>'))
    .summary('give free pages back to the disk, one member at a time, the leader last')
    .action(async (cluster: string, options: OperationOptions, command: Command) => {
      const api = await connect(context, command);
      const request = { cluster, path: 'etcd/defragment', body: { reason: options.reason } };
      await beginOperation({ context, command, api }, request, options);
    });
}

function addReplace(parent: Command, context: CliContext): void {
  withOperationOptions(parent.command('replace-member <cluster> <member>'))
    .summary('replace a member by a new one with an empty volume')
    .option('-y, --yes', 'really do it', false)
    .action(
      async (
        cluster: string,
        member: string,
        options: OperationOptions & { yes: boolean },
        command: Command,
      ) => {
        if (!options.yes)
          throw usageError(`Replacing ${member} needs --yes.`, 'Its volume is deleted and filled anew.');
        const api = await connect(context, command);
        const body = { reason: options.reason, confirm: member };
        const request = { cluster, path: `etcd/members/${member}/replace`, body };
        await beginOperation({ context, command, api }, request, options);
      },
    );
}
