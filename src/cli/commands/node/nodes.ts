import { setTimeout as delay } from 'node:timers/promises';
import type { Command } from 'commander';
import { dump } from 'js-yaml';
import { BerthError } from '../../../core/errors.js';
import { step } from '../../../core/progress.js';
import type { DrainResult, RemainingPod } from '../../../nodes/drain.js';
import type { NodeView } from '../../../nodes/node-view.js';
import type { ApiClient } from '../../api/api-client.js';
import { connect } from '../../api/connection.js';
import type { CliContext } from '../../context.js';
import { parseDuration } from '../../duration.js';
import { usageError } from '../../exit-codes.js';
import { outputFormat } from '../../output/print.js';
import { age, table } from '../../output/table.js';

export const DRAIN_SECONDS = 300;
const DRAIN_PAUSE_MS = 2000;
/** Pods that go by themselves if one waits. */
const PASSING: ReadonlySet<RemainingPod['reason']> = new Set(['Terminating', 'DisruptionBudget']);

export const nodePath = (cluster: string, node: string) => `/api/v1/clusters/${cluster}/nodes/${node}`;

export function addList(parent: Command, context: CliContext): void {
  parent
    .command('list <cluster>')
    .alias('ls')
    .summary('list the machines of a cluster')
    .action(async (cluster: string, _options: object, command: Command) => {
      const api = await connect(context, command);
      const list = await api.call<{ items: NodeView[] }>(`/api/v1/clusters/${cluster}/nodes`);
      context.out.write(rendered(list, outputFormat(command)));
    });
}

export function addCordon(parent: Command, context: CliContext): void {
  addScheduling(parent, context, 'cordon', false);
}

export function addUncordon(parent: Command, context: CliContext): void {
  addScheduling(parent, context, 'uncordon', true);
}

function addScheduling(parent: Command, context: CliContext, name: string, schedulable: boolean): void {
  parent
    .command(`${name} <cluster> <node>`)
    .summary(schedulable ? 'let new pods come to a node again' : 'let no new pods come to a node')
    .action(async (cluster: string, node: string, _options: object, command: Command) => {
      const api = await connect(context, command);
      const call = { method: 'PATCH', body: { schedulable } } as const;
      const view = await api.call<NodeView>(nodePath(cluster, node), call);
      context.out.write(rendered({ items: [view] }, outputFormat(command)));
    });
}

interface DrainOptions {
  force: boolean;
  deleteEmptydirData: boolean;
  timeout: number;
}

export function addDrain(parent: Command, context: CliContext): void {
  parent
    .command('drain <cluster> <node>')
    .summary('close a node to new pods and ask those on it to leave')
    .option('--force', 'evict pods that nobody would make again, too', false)
    .option('--delete-emptydir-data', 'evict pods whose emptyDir volumes go with them, too', false)
    .option('--timeout <duration>', 'longest wait', parseDuration, DRAIN_SECONDS)
    .action(async (cluster: string, node: string, options: DrainOptions, command: Command) => {
      const api = await connect(context, command);
      await step(context.reporter(command), 'drain', `Drain ${node}`, ({ update }) =>
        drain(api, `${nodePath(cluster, node)}/drain`, options, update),
      );
    });
}

/** Asks again and again until the node is empty. Throws DrainIncomplete with what stays, and why. */
export async function drain(
  api: ApiClient,
  path: string,
  { force, deleteEmptydirData: deleteEmptyDirData, timeout }: DrainOptions,
  update: (detail: string) => void,
): Promise<void> {
  const deadline = performance.now() + timeout * 1000;
  for (;;) {
    const body = { force, deleteEmptyDirData };
    const { evicted, remaining } = await api.call<DrainResult>(path, { method: 'POST', body });
    if (evicted.length + remaining.length === 0) return;
    const stuck = remaining.filter(({ reason }) => !PASSING.has(reason));
    if (evicted.length === 0 && stuck.length === remaining.length) throw incomplete(stuck);
    if (performance.now() > deadline) throw incomplete(remaining);
    update(`${evicted.length + remaining.length} pods are leaving`);
    await delay(DRAIN_PAUSE_MS);
  }
}

function incomplete(remaining: readonly RemainingPod[]): BerthError {
  const pods = remaining.map(({ namespace, name, message }) => `${namespace}/${name} (${message})`);
  return new BerthError('DrainIncomplete', `Pods are still on the node: ${pods.join(', ')}.`, {
    next: 'Free them, or see --force, --delete-emptydir-data and --timeout.',
  });
}

export function addDelete(parent: Command, context: CliContext): void {
  parent
    .command('delete <cluster> <node>')
    .summary('take a node out of a cluster; drain it first')
    .option('-y, --yes', 'really do it', false)
    .action(async (cluster: string, node: string, { yes }: { yes: boolean }, command: Command) => {
      if (!yes) throw usageError(`Deleting node "${node}" needs --yes.`, 'Drain it first: berth node drain.');
      const api = await connect(context, command);
      await api.call<NodeView>(nodePath(cluster, node), { method: 'DELETE', query: { confirm: node } });
      context.out.write(`Took ${node} out of ${cluster}. Run the join script there with --reset.\n`);
    });
}

function rendered(list: { items: NodeView[] }, format: string): string {
  if (format === 'json') return `${JSON.stringify(list, undefined, 2)}\n`;
  if (format === 'yaml') return dump(list, { lineWidth: 120, noRefs: true });
  if (format === 'name') return list.items.map(({ name }) => `node/${name}\n`).join('');
  return list.items.length === 0 ? 'No nodes.\n' : nodeTable(list.items, Date.now());
}

function nodeTable(nodes: readonly NodeView[], now: number): string {
  const rows = nodes.map((node) => [
    node.name,
    node.schedulable ? node.state : `${node.state},Cordoned`,
    node.kubeletVersion ?? '',
    node.address ?? '',
    String(node.pods),
    node.createdAt === undefined ? '' : age(node.createdAt, now),
    node.message ?? '',
  ]);
  return table(['NAME', 'STATE', 'VERSION', 'ADDRESS', 'PODS', 'AGE', 'MESSAGE'], rows);
}
