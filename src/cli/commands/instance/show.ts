import type { Command } from 'commander';
import type { Instance, ServiceStatus } from '../../../model/instance.js';
import type { Release } from '../../../model/release.js';
import { connect } from '../../api/connection.js';
import type { CliContext } from '../../context.js';
import { INSTANCE, RELEASE } from '../../output/kinds.js';
import { outputFormat, printObjects } from '../../output/print.js';
import { table } from '../../output/table.js';

export const instancePath = (cluster: string, instance?: string) =>
  ['/api/v1/clusters', cluster, 'instances', instance].filter((part) => part !== undefined).join('/');

export function addList(parent: Command, context: CliContext): void {
  parent
    .command('list <cluster>')
    .alias('ls')
    .summary('list the instances of a cluster')
    .option('-l, --selector <selector>', 'only those whose labels match: a=b,c in (d,e),!f')
    .option('-s, --search <text>', 'only those with this text in name, application or namespace')
    .action(async (cluster: string, options: { selector?: string; search?: string }, command: Command) => {
      const api = await connect(context, command);
      const query = { labelSelector: options.selector, q: options.search };
      const list = await api.list<Instance>(instancePath(cluster), query);
      printObjects(context, command, INSTANCE, { objects: list.items, value: list });
    });
}

export function addGet(parent: Command, context: CliContext): void {
  parent
    .command('get <cluster> <instance>')
    .summary('show one instance')
    .action(async (cluster: string, name: string, _options: object, command: Command) => {
      const api = await connect(context, command);
      const instance = await api.call<Instance>(instancePath(cluster, name));
      printObjects(context, command, INSTANCE, { objects: [instance], value: instance });
    });
}

export function addDescribe(parent: Command, context: CliContext): void {
  parent
    .command('describe <cluster> <instance>')
    .alias('status')
    .summary('show the services of an instance: state, release, why they wait')
    .action(async (cluster: string, name: string, _options: object, command: Command) => {
      const api = await connect(context, command);
      const instance = await api.call<Instance>(instancePath(cluster, name));
      printObjects(context, command, INSTANCE, { objects: [instance], value: instance });
      if (['table', 'wide'].includes(outputFormat(command))) {
        context.out.write(`\n${serviceTable(instance)}`);
      }
    });
}

export function addReleases(parent: Command, context: CliContext): void {
  parent
    .command('list <cluster>')
    .alias('ls')
    .summary('list releases')
    .option('--instance <instance>', 'only those of this instance')
    .option('--service <service>', 'only those of this service')
    .action(async (cluster: string, options: { instance?: string; service?: string }, command: Command) => {
      const api = await connect(context, command);
      const list = await api.list<Release>(`/api/v1/clusters/${cluster}/releases`, { ...options });
      const newest = list.items.toSorted((a, b) => newestFirst(a, b));
      printObjects(context, command, RELEASE, { objects: newest, value: { ...list, items: newest } });
    });
  parent
    .command('get <cluster> <release>')
    .summary('show one release: INSTANCE.SERVICE.REVISION')
    .action(async (cluster: string, name: string, _options: object, command: Command) => {
      const api = await connect(context, command);
      const release = await api.call<Release>(`/api/v1/clusters/${cluster}/releases/${name}`);
      printObjects(context, command, RELEASE, { objects: [release], value: release });
    });
}

function newestFirst(a: Release, b: Release): number {
  const made = ({ metadata }: Release) => metadata.creationTimestamp ?? '';
  return made(b).localeCompare(made(a)) || b.spec.revision - a.spec.revision;
}

export function serviceTable({ spec, status }: Instance): string {
  const rows = Object.entries(status?.services ?? {}).map(([name, service]) => [
    name,
    spec.services?.[name]?.hold ? `${service.state},Held` : service.state,
    number(service.revision),
    number(service.templateVersion),
    number(service.configVersion),
    messageOf(service),
  ]);
  if (rows.length === 0) return 'No services yet.\n';
  return table(['SERVICE', 'STATE', 'REVISION', 'TEMPLATE', 'CONFIG', 'MESSAGE'], rows);
}

function messageOf({ message, reason }: ServiceStatus): string {
  return message ?? reason ?? '';
}

const number = (value: number | undefined): string => (value === undefined ? '' : String(value));
