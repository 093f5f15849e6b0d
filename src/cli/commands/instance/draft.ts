import type { Command } from 'commander';
import { readFile } from 'node:fs/promises';
import { load } from 'js-yaml';
import type { Instance, Override } from '../../../model/instance.js';
import { connect } from '../../api/connection.js';
import type { CliContext } from '../../context.js';
import { usageError } from '../../exit-codes.js';
import { INSTANCE } from '../../output/kinds.js';
import { printObjects } from '../../output/print.js';
import { instancePath } from './show.js';

interface CreateOptions {
  app: string;
  environment?: string;
  namespace?: string;
  templateVersion?: number;
  configVersion?: number;
}

export function addCreate(parent: Command, context: CliContext): void {
  parent
    .command('create <cluster> <instance>')
    .summary('make an instance of an application; deploy it afterwards')
    .requiredOption('--app <application>', 'the application')
    .option('--environment <environment>', 'whose config it gets [the first one]')
    .option('--namespace <namespace>', 'namespace of the hosted cluster [the name of the instance]')
    .option('--template-version <version>', 'version of the template [newest]', Number)
    .option('--config-version <version>', 'version of the config [newest]', Number)
    .addHelpText('after', '\nExamples:\n  berth instance create demo shop --app shop --environment prod')
    .action(async (cluster: string, name: string, { app, ...spec }: CreateOptions, command: Command) => {
      const api = await connect(context, command);
      const body = { metadata: { name }, spec: { ...spec, application: app } };
      const instance = await api.call<Instance>(instancePath(cluster), { method: 'POST', body });
      printObjects(context, command, INSTANCE, { objects: [instance], value: instance });
    });
}

interface SetOptions {
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
    .option('--template-version <version>', 'version of the template', Number)
    .option('--config-version <version>', 'version of the config', Number)
    .option('--config <config>', 'another config; with --config-version')
    .option('--pause <service...>', 'publish nothing of these services')
    .option('--resume <service...>', 'publish these services again')
    .option('--service <service>', 'the service that --override is about')
    .option('--override <file>', 'YAML list of {target: {kind, name}, patch}; an empty list removes them')
    .addHelpText('after', SET_EXAMPLES)
    .action(async (cluster: string, name: string, options: SetOptions, command: Command) => {
      const api = await connect(context, command);
      const before = await api.call<Instance>(instancePath(cluster, name));
      const call = { method: 'PATCH', body: { spec: await changed(before, options) } } as const;
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
  const list = load(await readFile(override, 'utf8')) as Override[];
  return { [service]: { overrides: list } };
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
        await api.call<Instance>(instancePath(cluster, name), { method: 'DELETE', query });
        context.out.write(`Instance ${name} is being taken out of ${cluster}.\n`);
      },
    );
}
