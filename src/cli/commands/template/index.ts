import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { type Command, Option } from 'commander';
import { messageOf } from '../../../core/errors.js';
import type {
  RenderAnswer,
  TemplateComparison,
  TemplateVersionAnswer,
  VariablesAnswer,
} from '../../../http/apps/template-schemas.js';
import { templateKind } from '../../../model/template.js';
import { connect } from '../../api/connection.js';
import type { CliContext } from '../../context.js';
import { usageError } from '../../exit-codes.js';
import { table } from '../../output/table.js';
import { colouredDiff, printValue } from '../../output/value.js';
import {
  addReading,
  addVersions,
  type Collection,
  type EditOptions,
  parseReference,
  parseVersion,
  pathTo,
  readInput,
  type TenantOptions,
  withEdit,
  withTenant,
} from '../apps-common.js';

const TEMPLATES: Collection = {
  plural: 'templates',
  printed: { singular: 'template', columns: templateKind.columns },
};
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

function addVariables(parent: Command, context: CliContext): void {
  withTenant(
    parent.command('variables <name>').summary('tell what it takes from the config, and what lacks a key'),
  )
    .option('--config <config>', 'tell which have no key in it: NAME or NAME@VERSION')
    .action(
      async (name: string, { tenant, config }: TenantOptions & { config?: string }, command: Command) => {
        const api = await connect(context, command);
        const body = config === undefined ? {} : { config: parseReference(config) };
        const answer = await api.call<VariablesAnswer>(`${pathTo(TEMPLATES, tenant, name)}/variables`, {
          method: 'POST',
          body,
        });
        const rows = answer.variables.map((one) => [
          one.name,
          one.type,
          one.missing ? 'missing' : one.default === undefined ? '' : JSON.stringify(one.default).slice(0, 40),
          one.services.join(','),
          one.places[0] ?? '',
        ]);
        printValue(context, command, answer, {
          names: answer.variables.map((one) => one.name),
          table: () => table(['VARIABLE', 'TYPE', 'DEFAULT', 'SERVICES', 'PLACE'], rows),
        });
      },
    );
}

interface RenderOptions extends TenantOptions {
  config?: string;
  service?: string;
  versionNumber?: number;
}

function addRender(parent: Command, context: CliContext): void {
  withTenant(parent.command('render <name>').summary('show what it is rendered to, secrets masked'))
    .option('--config <config>', 'with the keys of this one: NAME or NAME@VERSION')
    .option('--service <service>', 'only this one')
    .option('--version-number <version>', 'instead of the newest', parseVersion)
    .action(
      async (name: string, { tenant, config, service, versionNumber }: RenderOptions, command: Command) => {
        const api = await connect(context, command);
        const body = {
          version: versionNumber,
          service,
          config: config === undefined ? undefined : parseReference(config),
        };
        const answer = await api.call<RenderAnswer>(`${pathTo(TEMPLATES, tenant, name)}/render`, {
          method: 'POST',
          body,
        });
        printValue(context, command, answer, {
          names: answer.services.map((one) => one.name),
          table: () => answer.services.map(({ text }) => text).join('---\n'),
        });
      },
    );
}

function addPull(parent: Command, context: CliContext): void {
  withTenant(parent.command('pull <name> <folder>').summary('write the files of a version into a folder'))
    .option('--version-number <version>', 'instead of the newest', parseVersion)
    .action(
      async (
        name: string,
        folder: string,
        options: TenantOptions & { versionNumber?: number },
        command: Command,
      ) => {
        const api = await connect(context, command);
        const path = pathTo(TEMPLATES, options.tenant, name);
        const version =
          options.versionNumber ?? (await api.call<{ status: { latest: number } }>(path)).status.latest;
        const { files } = await api.call<TemplateVersionAnswer>(`${path}/versions/${version}`);
        for (const file of files) {
          const target = resolve(folder, file.path);
          if (!target.startsWith(resolve(folder) + sep))
            throw usageError(`${file.path} leads out of ${folder}.`, 'Write nothing.');
          await mkdir(dirname(target), { recursive: true });
          await writeFile(target, file.text ?? Buffer.from(file.base64 ?? '', 'base64'));
        }
        context.out.write(`Wrote version ${version} of ${name} (${files.length} files) to ${folder}\n`);
      },
    );
}

function addCompare(parent: Command, context: CliContext): void {
  withTenant(
    parent.command('compare <name> [from] [to]').alias('diff').summary('show what two versions differ in'),
  ).action(
    async (
      name: string,
      from: string | undefined,
      to: string | undefined,
      { tenant }: TenantOptions,
      command: Command,
    ) => {
      const api = await connect(context, command);
      const query = { from: from && parseVersion(from), to: to && parseVersion(to) };
      const answer = await api.call<TemplateComparison>(`${pathTo(TEMPLATES, tenant, name)}/compare`, {
        query,
      });
      printValue(context, command, answer, {
        names: answer.changes.map(({ path }) => path),
        table: () =>
          colouredDiff(
            context,
            answer.changes.map(({ diff, path, change }) => diff || `${path}: ${change}\n`).join(''),
          ),
      });
    },
  );
}

function checkOf({ checkConfig, checkCluster, checkNamespace }: CheckOptions): object | undefined {
  if (checkConfig === undefined && checkCluster === undefined) return undefined;
  const config = checkConfig === undefined ? undefined : parseReference(checkConfig);
  return { config, cluster: checkCluster, namespace: checkNamespace };
}

/** A folder, a .tgz, a file of manifests, or a namespace. */
async function originOf(
  path: string | undefined,
  { fromNamespace }: Pick<CheckOptions, 'fromNamespace'>,
): Promise<object> {
  if (fromNamespace !== undefined) {
    const [cluster, namespace] = fromNamespace.split('/');
    return { type: 'Namespace', cluster, namespace };
  }
  if (path === undefined)
    throw usageError('What shall it be made from?', 'Name a folder, a chart or a file of manifests.');
  if (path !== '-' && (await isFolder(path))) return { type: 'Folder', files: await filesIn(path) };
  const bytes = await readInput(path);
  const isArchive = bytes[0] === 0x1f && bytes[1] === 0x8b;
  return isArchive
    ? { type: 'Chart', archive: bytes.toString('base64') }
    : { type: 'Manifests', text: bytes.toString() };
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    throw usageError(
      `${path} cannot be read: ${messageOf(error)}.`,
      'Name a folder, a chart or a file of manifests.',
    );
  }
}

async function filesIn(folder: string): Promise<{ path: string; text?: string; base64?: string }[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && !/(^|\/)\.git(\/|$)/.test(entry.parentPath));
  return Promise.all(
    files.map(async ({ parentPath, name }) => {
      const path = relative(folder, join(parentPath, name)).split(sep).join('/');
      const bytes = await readFile(join(parentPath, name));
      const text = bytes.toString();
      const isText = !text.includes('\0') && Buffer.from(text).equals(bytes);
      return isText ? { path, text } : { path, base64: bytes.toString('base64') };
    }),
  );
}
