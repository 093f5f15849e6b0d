import { type Command, Option } from 'commander';
import type { TemplateVersionAnswer } from '../../../http/apps/template-schemas.js';
import { connect } from '../../api/connection.js';
import type { CliContext } from '../../context.js';
import { table } from '../../output/table.js';
import { printValue } from '../../output/value.js';
import {
  addReading,
  addVersions,
  type EditOptions,
  parseReference,
  pathTo,
  withEdit,
  withTenant,
} from '../apps-common.js';
import { originOf } from './origin.js';
import { addCompare, addPull, addRender, addVariables, TEMPLATES } from './show.js';

const EXAMPLES = `
Examples:
  berth template create shop ./shop                    # a folder with a subfolder for each service
  berth template create redis ./redis-20.1.tgz --config redis
  berth template create old --from-namespace demo/shop --config old
  berth template save shop ./shop --check-config shop --check-cluster demo -m "second replica"
  berth template upgrade redis ./redis-21.0.tgz
  berth template variables shop --config shop
  berth template render shop --config shop --service web`;

interface CheckOptions extends EditOptions {
  fromNamespace?: string;
  checkConfig?: string;
  checkCluster?: string;
  checkNamespace?: string;
}

export function registerTemplate(program: Command, context: CliContext): void {
  const template = program
    .command('template')
    .alias('templates')
    .summary('services described once')
    .addHelpText('after', EXAMPLES);
  addCreate(template, context);
  addSave(template, context);
  addUpgrade(template, context);
  addVariables(template, context);
  addRender(template, context);
  addPull(template, context);
  addCompare(template, context);
  addVersions(template, context, TEMPLATES);
  addReading(template, context, TEMPLATES);
}

function withChecks(command: Command): Command {
  return command
    .option('--from-namespace <cluster/namespace>', 'instead of a path: what lives in a namespace')
    .option('--check-config <config>', 'refuse variables that have no key in it')
    .option('--check-cluster <cluster>', 'refuse what this cluster would refuse')
    .option('--check-namespace <namespace>', 'where it would go there');
}

function addCreate(parent: Command, context: CliContext): void {
  withChecks(
    withTenant(
      parent.command('create <name> [path]').summary('create a template from a folder, manifests or a chart'),
    ),
  )
    .option('-m, --reason <text>', 'why, for those who come after')
    .option(
      '--config <name>',
      "create this config, too, with the chart's values or what manifests leave open",
    )
    .action(
      async (
        name: string,
        path: string | undefined,
        options: CheckOptions & { config?: string },
        command: Command,
      ) => {
        const { reason, config, tenant } = options;
        const body = {
          metadata: { name },
          from: await originOf(path, options),
          check: checkOf(options),
          reason,
          config,
        };
        await send(context, command, { tenant, path: pathTo(TEMPLATES, tenant) }, body);
      },
    );
}

function addSave(parent: Command, context: CliContext): void {
  withChecks(withEdit(parent.command('save <name> [path]').summary('save content as a new version')))
    .option('--dry-run', 'check everything, save nothing', false)
    .action(
      async (
        name: string,
        path: string | undefined,
        options: CheckOptions & { dryRun: boolean },
        command: Command,
      ) => {
        const { reason, basedOn, tenant, dryRun } = options;
        const body = { from: await originOf(path, options), check: checkOf(options), reason, basedOn };
        const query = dryRun ? '?dryRun=All' : '';
        await send(
          context,
          command,
          { tenant, path: `${pathTo(TEMPLATES, tenant, name)}/versions${query}` },
          body,
        );
      },
    );
}

function addUpgrade(parent: Command, context: CliContext): void {
  withEdit(parent.command('upgrade <name> <chart>').summary('merge a newer chart with what was changed here'))
    .addOption(
      new Option('--on-conflict <side>', 'whose change counts where both changed').choices([
        'mine',
        'theirs',
      ]),
    )
    .action(
      async (
        name: string,
        path: string,
        options: EditOptions & { onConflict?: string },
        command: Command,
      ) => {
        const { reason, basedOn, onConflict, tenant } = options;
        const body = { from: await originOf(path, {}), onConflict, reason, basedOn };
        await send(context, command, { tenant, path: `${pathTo(TEMPLATES, tenant, name)}/upgrade` }, body);
      },
    );
}

/** Sends content, and shows its services with what was noticed. */
async function send(
  context: CliContext,
  command: Command,
  { path }: { tenant: string; path: string },
  body: object,
): Promise<void> {
  const api = await connect(context, command);
  const saved = await api.call<TemplateVersionAnswer>(path, { method: 'POST', body });
  const notes = [
    ...saved.notices.map(({ place, message }) => `Note: ${place}: ${message}\n`),
    ...saved.findings.map(
      (finding) =>
        `${finding.severity === 'error' ? 'Error' : 'Warning'}: ${finding.path}: ${finding.message}\n`,
    ),
  ];
  context.err.write(notes.join(''));
  printValue(context, command, saved, {
    names: [`template/${saved.template}.v${saved.version}`],
    table: () => `template/${saved.template}: version ${saved.version}\n${serviceTable(saved)}`,
  });
}

function serviceTable({ services }: TemplateVersionAnswer): string {
  const rows = services.map(({ name, dependsOn, templates }) => [
    name,
    dependsOn.join(','),
    String(templates.length),
  ]);
  return table(['SERVICE', 'DEPENDS ON', 'FILES'], rows);
}

function checkOf({ checkConfig, checkCluster, checkNamespace }: CheckOptions): object | undefined {
  if (checkConfig === undefined && checkCluster === undefined) return undefined;
  const config = checkConfig === undefined ? undefined : parseReference(checkConfig);
  return { config, cluster: checkCluster, namespace: checkNamespace };
}
