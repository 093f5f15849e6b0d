import type { Command } from 'commander';
import type { Instance, Override } from '../../../model/instance.js';
import type { BulkInstanceAnswer } from '../../../http/apps/instance-schemas.js';
import { connect } from '../../api/connection.js';
import type { CliContext } from '../../context.js';
import { usageError } from '../../exit-codes.js';
import { INSTANCE } from '../../output/kinds.js';
import { printObjects } from '../../output/print.js';
import { readDocuments } from '../../yaml-file.js';
import { refuseSome } from './refused.js';
import { instancePath } from './show.js';
import { parseVersion } from '../apps-common.js';
import { printValue } from '../../output/value.js';

interface CreateOptions {
  app: string;
  selector?: string;
  tenant: string;
  environment?: string;
  namespace?: string;
  templateVersion?: number;
  configVersion?: number;
}

export function addCreate(parent: Command, context: CliContext): void {
  parent
    .command('create <cluster> [instance]')
    .summary('make an instance of an application; deploy it afterwards')
    .description(
      'Makes an instance of an application; deploy it afterwards. Several clusters with commas between them, or ' +
        'chosen by --selector: then the instance is the only argument.',
    )
    .option('-l, --selector <selector>', 'instead of a cluster: one instance on each whose labels match')
    .option('--tenant <tenant>', 'whose clusters, when there are several', 'default')
    .requiredOption('--app <application>', 'the application')
    .option('--environment <environment>', 'whose config it gets [the first one]')
    .option('--namespace <namespace>', 'namespace of the hosted cluster [the name of the instance]')
    .option('--template-version <version>', 'version of the template [newest]', parseVersion)
    .option('--config-version <version>', 'version of the config [newest]', parseVersion)
    .addHelpText(
      'after',
      '\nExamples:\n  berth instance create demo shop --app shop --environment prod\n  berth instance create eu-1,eu-2 shop --app shop\n  berth instance create shop --app shop --selector region=eu',
    )
    .action(async (first: string, second: string | undefined, options: CreateOptions, command: Command) => {
      const api = await connect(context, command);
      const { app, selector, tenant, ...spec } = options;
      const clusters = selector === undefined ? first.split(',') : undefined;
      const name = selector === undefined ? second : first;
      if (name === undefined)
        throw usageError('What shall the instance be called?', 'Name it after the cluster.');
      const [single, ...others] = clusters ?? [];
      if (single === undefined || others.length > 0) {
        const path = `/api/v1/tenants/${tenant}/applications/${app}/instances`;
        const body = { metadata: { name }, spec, clusters, clusterSelector: selector };
        return createMany(
          context,
          command,
          await api.call<BulkInstanceAnswer>(path, { method: 'POST', body }),
        );
      }
      const body = { metadata: { name }, spec: { ...spec, application: app } };
      const instance = await api.call<Instance>(instancePath(single), { method: 'POST', body });
      printObjects(context, command, INSTANCE, { objects: [instance], value: instance });
    });
}

/** Throws SomeRefused. */
function createMany(context: CliContext, command: Command, answer: BulkInstanceAnswer): void {
  const objects = answer.items.flatMap(({ instance }) => (instance ? [instance as Instance] : []));
  if (objects.length > 0) printObjects(context, command, INSTANCE, { objects, value: answer });
  refuseSome(answer.items.map(({ cluster, refused }) => ({ name: cluster, refused })));
}

interface SetOptions {
  reason?: string;
  templateVersion?: number;
  configVersion?: number;
  config?: string;
  pause?: string[];
  resume?: string[];
  service?: string;
  override?: string;
}

const SET_EXAMPLES = `
Examples:
  berth instance set demo shop --config-version 7              then: berth instance impact demo shop
  berth instance set demo shop --service web --override patch.yaml
  berth instance set demo shop --pause web`;

export function addSet(parent: Command, context: CliContext): void {
  parent
    .command('set <cluster> <instance>')
    .summary('change the draft of an instance; nothing is published by it')
    .option('-m, --reason <text>', 'why, for those who read the history')
    .option('--template-version <version>', 'version of the template', parseVersion)
    .option('--config-version <version>', 'version of the config', parseVersion)
    .option('--config <config>', 'another config; with --config-version')
    .option('--pause <service...>', 'publish nothing of these services')
    .option('--resume <service...>', 'publish these services again')
    .option('--service <service>', 'the service that --override is about')
    .option('--override <file>', 'YAML list of {target: {kind, name}, patch}; an empty list removes them')
    .addHelpText('after', SET_EXAMPLES)
    .action(async (cluster: string, name: string, options: SetOptions, command: Command) => {
      const api = await connect(context, command);
      const before = await api.call<Instance>(instancePath(cluster, name));
      const body = { spec: await changed(before, options), reason: options.reason };
      const call = { method: 'PATCH', body } as const;
      const instance = await api.call<Instance>(instancePath(cluster, name), call);
      printObjects(context, command, INSTANCE, { objects: [instance], value: instance });
    });
}

async function changed({ spec }: Instance, options: SetOptions) {
  const { templateVersion, configVersion, config = spec.config?.name } = options;
  if (configVersion !== undefined && config === undefined) {
    throw usageError('The instance has no config yet.', 'Name one with --config.');
  }
  return {
    ...(templateVersion !== undefined && { template: { ...spec.template, version: templateVersion } }),
    ...(configVersion !== undefined && { config: { name: config, version: configVersion } }),
    services: {
      ...Object.fromEntries((options.pause ?? []).map((service) => [service, { paused: true }])),
      ...Object.fromEntries((options.resume ?? []).map((service) => [service, { paused: null }])),
      ...(await overrides(options)),
    },
  };
}

async function overrides({ service, override }: SetOptions) {
  if (override === undefined) return {};
  if (service === undefined) throw usageError('--override needs --service.', 'Name the service it is about.');
  const [list] = await readDocuments(override, 'a list of overrides');
  return { [service]: { overrides: list as Override[] } };
}

export function addUnhold(parent: Command, context: CliContext): void {
  parent
    .command('unhold <cluster> <instance> <service...>')
    .summary('let rollouts and triggers publish services again that were rolled back')
    .action(async (cluster: string, name: string, services: string[], _options: object, command: Command) => {
      const api = await connect(context, command);
      const body = { spec: { services: Object.fromEntries(services.map((one) => [one, { hold: null }])) } };
      const instance = await api.call<Instance>(instancePath(cluster, name), { method: 'PATCH', body });
      printObjects(context, command, INSTANCE, { objects: [instance], value: instance });
    });
}

export function addDelete(parent: Command, context: CliContext): void {
  parent
    .command('delete <cluster> <instance>')
    .summary('take an instance and all it deployed away; volumes stay unless told')
    .option('-y, --yes', 'really do it', false)
    .option('--volumes', 'its claims, namespaces and CRDs, too', false)
    .action(
      async (cluster: string, name: string, o: { yes: boolean; volumes: boolean }, command: Command) => {
        if (!o.yes) throw usageError(`Deleting instance "${name}" needs --yes.`, 'See what it runs first.');
        const api = await connect(context, command);
        const query = { confirm: name, volumes: o.volumes ? 'delete' : 'keep' };
        const call = { method: 'DELETE', query } as const;
        const left = await api.call<Instance>(instancePath(cluster, name), call);
        printValue(context, command, left, {
          names: [`instance/${name}`],
          table: () => `Instance ${name} is being taken out of ${cluster}.\n`,
        });
      },
    );
}
