import type { Command } from 'commander';
import type { Cluster, EtcdStatus } from '../../model/cluster.js';
import { findCondition } from '../../model/conditions.js';
import type { Operation } from '../../model/operation.js';
import { connect } from '../api/connection.js';
import { DEFAULT_WAIT_SECONDS, followOperation } from '../api/operation-progress.js';
import type { CliContext } from '../context.js';
import { parseDuration } from '../duration.js';
import { usageError } from '../exit-codes.js';
import { OPERATION } from '../output/kinds.js';
import { outputFormat, printObjects } from '../output/print.js';

interface WorkOptions {
  reason?: string;
  wait: boolean;
  timeout: number;
}

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
  workCommand(parent, 'defrag <cluster>')
    .summary('give free pages back to the disk, one member at a time, the leader last')
    .action(async (cluster: string, options: WorkOptions, command: Command) => {
      const { reason } = options;
      await ask(context, command, { cluster, path: 'defragment', body: { reason }, options });
    });
}

function addReplace(parent: Command, context: CliContext): void {
  workCommand(parent, 'replace-member <cluster> <member>')
    .summary('replace a member by a new one with an empty volume')
    .option('-y, --yes', 'really do it', false)
    .action(
      async (cluster: string, member: string, options: WorkOptions & { yes: boolean }, command: Command) => {
        if (!options.yes)
          throw usageError(`Replacing ${member} needs --yes.`, 'Its volume is deleted and filled anew.');
        const body = { reason: options.reason, confirm: member };
        await ask(context, command, { cluster, path: `members/${member}/replace`, body, options });
      },
    );
}

function workCommand(parent: Command, words: string): Command {
  return parent
    .command(words)
    .option('--reason <text>', 'why, for the record')
    .option('--wait', 'wait until it is done, and show the steps', false)
    .option('--timeout <duration>', 'longest wait', parseDuration, DEFAULT_WAIT_SECONDS);
}

async function ask(
  context: CliContext,
  command: Command,
  { cluster, path, body, options }: { cluster: string; path: string; body: object; options: WorkOptions },
): Promise<void> {
  const api = await connect(context, command);
  const made = await api.call<Operation>(`/api/v1/clusters/${cluster}/etcd/${path}`, {
    method: 'POST',
    body,
  });
  const follow = { reporter: context.reporter(command), timeoutSeconds: options.timeout };
  const shown = options.wait
    ? await followOperation(api, { cluster, name: made.metadata.name }, follow)
    : made;
  printObjects(context, command, OPERATION, { objects: [shown], value: shown });
}
