/** What the commands about templates, configs and applications share. */
import { readFile } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import { type Command, InvalidArgumentError } from 'commander';
import { messageOf } from '../../core/errors.js';
import type { VersionView } from '../../http/apps/version-pages.js';
import type { KubeObject } from '../../kube/types.js';
import type { ApiClient } from '../api/api-client.js';
import { connect } from '../api/connection.js';
import type { CliContext } from '../context.js';
import { usageError } from '../exit-codes.js';
import { printObjects, type Printed } from '../output/print.js';
import { age, table } from '../output/table.js';
import { colouredDiff, printValue } from '../output/value.js';

export interface TenantOptions {
  tenant: string;
}

export interface EditOptions extends TenantOptions {
  reason?: string;
  basedOn?: number;
}

export function withTenant(command: Command): Command {
  return command.option('--tenant <tenant>', 'whose it is', 'default');
}

export function withEdit(command: Command): Command {
  return withTenant(command)
    .option('-m, --reason <text>', 'why, for those who come after')
    .option('--based-on <version>', 'refuse when somebody saved a later version than this', parseVersion);
}

/** The number of `3` or `v3`. For commander: throws InvalidArgumentError. */
export function parseVersion(text: string): number {
  const [, digits] = /^v?([1-9]\d{0,8})$/.exec(text) ?? [];
  if (digits === undefined) throw new InvalidArgumentError(`"${text}" is no version: write a number, 3.`);
  return Number(digits);
}

/** `name` or `name@version`. */
export function parseReference(text: string): { name: string; version?: number } {
  const [name = '', version] = text.split('@');
  return { name, ...(version !== undefined && { version: parseVersion(version) }) };
}

/** A file's bytes, or those of standard input for `-`. */
export async function readInput(file: string): Promise<Buffer> {
  try {
    return file === '-' ? await buffer(process.stdin) : await readFile(file);
  } catch (error) {
    throw usageError(`${file} cannot be read: ${messageOf(error)}.`, 'Name a file, or - for standard input.');
  }
}

export function collect(text: string, texts: string[]): string[] {
  return [...texts, text];
}

/** Where the objects of one kind of a tenant are served. */
export interface Collection {
  plural: 'templates' | 'configs' | 'applications';
  printed: Printed;
}

export function pathTo({ plural }: Collection, tenant: string, name?: string): string {
  const base = `/api/v1/tenants/${encodeURIComponent(tenant)}/${plural}`;
  return name === undefined ? base : `${base}/${encodeURIComponent(name)}`;
}

/** list, get and delete are alike for all kinds. */
export function addReading(parent: Command, context: CliContext, collection: Collection): void {
  const { singular } = collection.printed;
  withTenant(parent.command('list').alias('ls').summary(`list ${singular}s`))
    .option('-s, --search <text>', 'only those with this text in name or description')
    .action(async ({ tenant, search }: TenantOptions & { search?: string }, command: Command) => {
      const api = await connect(context, command);
      const list = await api.list<KubeObject>(pathTo(collection, tenant), { q: search });
      printObjects(context, command, collection.printed, { objects: list.items, value: list });
    });
  withTenant(parent.command('get <name>').summary(`show one ${singular}`)).action(
    async (name: string, { tenant }: TenantOptions, command: Command) => {
      const api = await connect(context, command);
      const object = await api.call<KubeObject>(pathTo(collection, tenant, name));
      printObjects(context, command, collection.printed, { objects: [object], value: object });
    },
  );
  withTenant(parent.command('delete <name>').summary(`delete this ${singular} for good`))
    .option('-y, --yes', 'really do it', false)
    .action(async (name: string, { tenant, yes }: TenantOptions & { yes: boolean }, command: Command) => {
      if (!yes)
        throw usageError(`Deleting ${singular} "${name}" needs --yes.`, 'All its versions go with it.');
      const api = await connect(context, command);
      const call = { method: 'DELETE', query: { confirm: name } } as const;
      const left = await api.call<KubeObject>(pathTo(collection, tenant, name), call);
      printValue(context, command, left, {
        names: [`${singular}/${name}`],
        table: () => `${singular}/${name} is deleted\n`,
      });
    });
}

/** versions and rollback are alike for templates and configs. */
export function addVersions(parent: Command, context: CliContext, collection: Collection): void {
  const { singular } = collection.printed;
  withTenant(parent.command('versions <name>').summary('list its versions, newest first')).action(
    async (name: string, { tenant }: TenantOptions, command: Command) => {
      const api = await connect(context, command);
      const items = await allVersions(api, `${pathTo(collection, tenant, name)}/versions`);
      printValue(
        context,
        command,
        { items },
        {
          names: items.map(({ version }) => `${singular}/${name}.v${version}`),
          table: () => versionTable(items),
        },
      );
    },
  );
  withEdit(
    parent.command('rollback <name> <version>').summary('save an old version again, as a new one'),
  ).action(
    async (name: string, version: string, { tenant, reason, basedOn }: EditOptions, command: Command) => {
      const api = await connect(context, command);
      const body = { to: parseVersion(version), reason, basedOn };
      const saved = await api.call<VersionView>(`${pathTo(collection, tenant, name)}/rollback`, {
        method: 'POST',
        body,
      });
      printSaved(context, command, `${singular}/${name}`, saved);
    },
  );
}

/** One change with what is different. */
export function changeText(
  context: CliContext,
  title: string,
  { at, user, reason, diff }: { at: string; user: string; reason?: string; diff: string },
): string {
  return `${title}  ${at}  ${user}${reason === undefined ? '' : `: ${reason}`}\n${colouredDiff(context, diff)}`;
}

export function printSaved(context: CliContext, command: Command, name: string, saved: VersionView): void {
  printValue(context, command, saved, {
    names: [`${name}.v${saved.version}`],
    table: () => `${name}: version ${saved.version}\n`,
  });
}

async function allVersions(api: ApiClient, path: string): Promise<VersionView[]> {
  const items: VersionView[] = [];
  for (let before: number | undefined, more = true; more;) {
    const page = await api.call<{ items: VersionView[]; next?: number }>(path, {
      query: { limit: 500, before },
    });
    items.push(...page.items);
    before = page.next;
    more = before !== undefined;
  }
  return items;
}

function versionTable(versions: readonly VersionView[]): string {
  const rows = versions.map(({ version, author, reason, rollbackOf, createdAt }) => [
    String(version),
    author,
    age(createdAt, Date.now()),
    rollbackOf === undefined ? '' : `v${rollbackOf}`,
    reason ?? '',
  ]);
  return table(['VERSION', 'AUTHOR', 'AGE', 'ROLLBACK OF', 'REASON'], rows);
}
