import type { Command } from 'commander';
import type { KubeObject } from '../../kube/types.js';
import type { ControlPlaneVersion } from '../../model/control-plane-version.js';
import type { Tenant } from '../../model/tenant.js';
import { connect } from '../api/connection.js';
import type { CliContext } from '../context.js';
import { usageError } from '../exit-codes.js';
import { PLAN, TENANT, VERSION } from '../output/kinds.js';
import { type Printed, printObjects } from '../output/print.js';
import { readObjects } from '../yaml-file.js';

const APPLY_EXAMPLES = `
Examples:
  kubectl get controlplaneversion v1.36.3 -o yaml > mine.yaml   # then change name, kubernetesVersion, images
  berth version apply -f mine.yaml`;

export function registerCatalogue(program: Command, context: CliContext): void {
  const version = program.command('version').alias('versions').summary('Kubernetes versions that can be had');
  addList(version, context, VERSION);
  addApplyVersion(version, context);
  addDeprecateVersion(version, context);
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

function addApplyVersion(parent: Command, context: CliContext): void {
  parent
    .command('apply')
    .summary('put versions into the catalogue, or replace entries; clusters stay as they are')
    .requiredOption(
      '-f, --file <file>',
      'ControlPlaneVersion objects as YAML or JSON; - reads standard input',
    )
    .addHelpText('after', APPLY_EXAMPLES)
    .action(async ({ file }: { file: string }, command: Command) => {
      const asked = await readObjects(file, 'ControlPlaneVersion objects');
      const api = await connect(context, command);
      const objects: ControlPlaneVersion[] = [];
      for (const { metadata, spec } of asked as Partial<ControlPlaneVersion>[]) {
        // What kubectl printed has more than may be sent.
        const body = { metadata: { name: metadata?.name }, spec };
        objects.push(await api.call<ControlPlaneVersion>('/api/v1/versions', { method: 'POST', body }));
      }
      printObjects(context, command, VERSION, { objects, value: objects });
    });
}

function addDeprecateVersion(parent: Command, context: CliContext): void {
  parent
    .command('deprecate <name>')
    .summary('tell owners of clusters to leave a version')
    .option('--expires <date>', 'when it can no longer be asked for, such as 2027-02-28')
    .addHelpText('after', '\nExamples:\n  berth version deprecate v1.35.4 --expires 2027-02-28')
    .action(async (name: string, { expires }: { expires?: string }, command: Command) => {
      const api = await connect(context, command);
      const spec = { channel: 'deprecated', expiresAt: expires === undefined ? undefined : instant(expires) };
      const path = `/api/v1/versions/${encodeURIComponent(name)}`;
      const version = await api.call<ControlPlaneVersion>(path, { method: 'PATCH', body: { spec } });
      printObjects(context, command, VERSION, { objects: [version], value: version });
    });
}

/** @throws UsageError unless it is a date */
function instant(text: string): string {
  const time = Date.parse(text);
  if (!Number.isNaN(time)) return new Date(time).toISOString();
  throw usageError(`"${text}" is not a date.`, 'Write it as 2027-02-28.');
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
