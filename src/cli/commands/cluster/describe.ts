import type { Command } from 'commander';
import type { Cluster } from '../../../model/cluster.js';
import type { Operation } from '../../../model/operation.js';
import { connect } from '../../api/connection.js';
import type { CliContext } from '../../context.js';
import { CLUSTER } from '../../output/kinds.js';
import { newestOf, operationSteps } from '../../output/operation.js';
import { outputFormat, printObjects } from '../../output/print.js';
import { age, table } from '../../output/table.js';

export function addDescribe(parent: Command, context: CliContext): void {
  parent
    .command('describe <cluster>')
    .summary('tell all about a cluster: state, reasons, components, last operation')
    .action(async (name: string, _options: object, command: Command) => {
      const api = await connect(context, command);
      const cluster = await api.call<Cluster>(`/api/v1/clusters/${name}`);
      if (outputFormat(command) === 'json' || outputFormat(command) === 'yaml') {
        printObjects(context, command, CLUSTER, { objects: [cluster], value: cluster });
        return;
      }
      const { items } = await api.list<Operation>(`/api/v1/clusters/${name}/operations`);
      context.out.write(describe(cluster, newestOf(items), Date.now()));
    });
}

/** Everything of a cluster that a person may want to know, in sections. */
export function describe(cluster: Cluster, operation: Operation | undefined, now: number): string {
  const sections = [
    facts(cluster, now),
    section('Conditions', conditions(cluster, now)),
    section('Components', components(cluster)),
    section('Certificates', certificates(cluster)),
    section(
      operation
        ? `Last operation: ${operation.metadata.name} ${operation.status?.state ?? ''}`
        : 'Last operation',
      operation ? operationSteps(operation) : '',
    ),
  ];
  return sections.filter((text) => text !== '').join('\n');
}

function facts({ metadata, spec, status }: Cluster, now: number): string {
  const lines: [string, string | undefined][] = [
    ['Name', metadata.name],
    ['Display name', spec.displayName],
    ['Tenant', spec.tenant],
    ['Version', versionOf(spec, status)],
    ['Upgrades', status?.availableUpgrades?.join(', ')],
    ['Plan', spec.plan],
    ['Exposure', status?.exposureType ?? spec.exposure.type],
    ['Host', status?.endpoint?.host],
    ['Endpoint', status?.endpoint?.url],
    ['Networks', `pods ${spec.network.podCIDR}, Services ${spec.network.serviceCIDR}`],
    [
      'Created',
      metadata.creationTimestamp &&
        `${metadata.creationTimestamp} (${age(metadata.creationTimestamp, now)} ago)`,
    ],
    ['Being deleted', metadata.deletionTimestamp && `since ${metadata.deletionTimestamp}`],
  ];
  return lines.flatMap(([name, value]) => (value ? [`${`${name}:`.padEnd(15)}${value}\n`] : [])).join('');
}

/** What runs, and where it is going. */
function versionOf({ version }: Cluster['spec'], status: Cluster['status']): string {
  const { pinned } = status ?? {};
  if (!pinned) return version;
  const acting = pinned.actsAs === undefined ? '' : `, acting as ${pinned.actsAs}`;
  const wanted = pinned.kubernetesVersion === version ? '' : ` (wanted: ${version})`;
  return `${pinned.kubernetesVersion}${acting}${wanted}`;
}

function conditions({ status }: Cluster, now: number): string {
  const rows = (status?.conditions ?? []).map(
    ({ type, status: holds, reason, message, lastTransitionTime }) => [
      type,
      holds,
      age(lastTransitionTime, now),
      reason,
      message,
    ],
  );
  return rows.length === 0 ? '' : table(['TYPE', 'STATUS', 'SINCE', 'REASON', 'MESSAGE'], rows);
}

function components({ status }: Cluster): string {
  const rows = (status?.components ?? []).map(
    ({ name, version = '', replicas, readyReplicas, message = '' }) => [
      name,
      version,
      `${readyReplicas}/${replicas}`,
      message,
    ],
  );
  return rows.length === 0 ? '' : table(['NAME', 'VERSION', 'READY', 'MESSAGE'], rows);
}

function certificates({ status }: Cluster): string {
  const soonest = (status?.certificates ?? []).toSorted((a, b) => a.notAfter.localeCompare(b.notAfter));
  const rows = soonest.map(({ name, notAfter }) => [name, notAfter]);
  return rows.length === 0 ? '' : table(['NAME', 'EXPIRES'], rows);
}

function section(title: string, body: string): string {
  return body === '' ? '' : `${title}:\n${body.replace(/^/gm, '  ').trimEnd()}\n`;
}
