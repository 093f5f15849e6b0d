/** Commands that look at a template: what it takes, what it is rendered to, what its versions differ in. */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, resolve, sep } from 'node:path';
import type { Command } from 'commander';
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
  type Collection,
  parseReference,
  parseVersion,
  pathTo,
  type TenantOptions,
  withTenant,
} from '../apps-common.js';

export const TEMPLATES: Collection = {
  plural: 'templates',
  printed: { singular: 'template', columns: templateKind.columns },
};

export function addVariables(parent: Command, context: CliContext): void {
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

export function addRender(parent: Command, context: CliContext): void {
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

export function addPull(parent: Command, context: CliContext): void {
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

export function addCompare(parent: Command, context: CliContext): void {
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
