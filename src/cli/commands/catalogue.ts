import type { Command } from 'commander';
import type { KubeObject } from '../../kube/types.js';
import type { Tenant } from '../../model/tenant.js';
import { connect } from '../api/connection.js';
import type { CliContext } from '../context.js';
import { PLAN, TENANT, VERSION } from '../output/kinds.js';
import { type Printed, printObjects } from '../output/print.js';

export function registerCatalogue(program: Command, context: CliContext): void {
  const version = program.command('version').alias('versions').summary('Kubernetes versions that can be had');
  addList(version, context, VERSION);
  const plan = program.command('plan').alias('plans').summary('sizes clusters come in');
  addList(plan, context, PLAN);
  const tenant = program.command('tenant').alias('tenants').summary('who owns clusters');
  addList(tenant, context, TENANT);
  addCreateTenant(tenant, context);
}

function addList(parent: Command, context: CliContext, printed: Printed): void {
  const plural = `${printed.singular}s`;
  parent
    .command('list')
    .alias('ls')
    .summary(`list ${plural}`)
    .action(async (_options: object, command: Command) => {
      const list = await (await connect(context, command)).list<KubeObject>(`/api/v1/${plural}`);
      printObjects(context, command, printed, { objects: list.items, value: list });
    });
}

function addCreateTenant(parent: Command, context: CliContext): void {
  parent
    .command('create <name>')
    .summary('create a tenant')
    .option('--display-name <text>', 'name for people')
    .option('--description <text>', 'what it is')
    .action(
      async (name: string, options: { displayName?: string; description?: string }, command: Command) => {
        const { displayName, description } = options;
        const body = { metadata: { name }, spec: { displayName, description } };
        const api = await connect(context, command);
        const tenant = await api.call<Tenant>('/api/v1/tenants', { method: 'POST', body });
        printObjects(context, command, TENANT, { objects: [tenant], value: tenant });
      },
    );
}
