import { basename, extname } from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { ConfigComparison, ConfigVersionAnswer } from '../../../http/apps/config-schemas.js';
import { configKind } from '../../../model/config.js';
import { connect } from '../../api/connection.js';
import type { CliContext } from '../../context.js';
import { table } from '../../output/table.js';
import { colouredDiff, printValue } from '../../output/value.js';
import {
  addReading,
  addVersions,
  collect,
  type Collection,
  type EditOptions,
  parseVersion,
  pathTo,
  printSaved,
  readInput,
  type TenantOptions,
  withEdit,
  withTenant,
} from '../apps-common.js';
import { wholeNumber } from '../../whole-number.js';

const CONFIGS: Collection = {
  plural: 'configs',
  printed: { singular: 'config', columns: configKind.columns },
};
const FORMATS = ['env', 'json', 'yaml', 'properties'] as const;
const EXAMPLES = `
Examples:
  berth config create shop image=web:1 replicas:number=3
  berth config set shop image=web:2 -m "new web"
  berth config set shop --secret-file password=./password --file logo=./logo.png
  berth config create shop --import .env
  berth config import shop .env --secret 'DB_*'
  berth config compare shop 3 5
  berth config rollback shop 3 -m "5 breaks logins"`;

interface KeyInput {
  name: string;
  type?: string;
  value?: unknown;
  base64?: string;
}

interface SetOptions extends EditOptions {
  unset: string[];
  file: string[];
  secretFile: string[];
  replace?: boolean;
}

interface CreateOptions extends SetOptions {
  keep?: number;
  import?: string;
}

interface ImportOptions extends EditOptions {
  format?: (typeof FORMATS)[number];
  secret: string[];
  replace: boolean;
}

export function registerConfig(program: Command, context: CliContext): void {
  const config = program
    .command('config')
    .alias('configs')
    .summary('versioned keys and values')
    .addHelpText('after', EXAMPLES);
  addCreate(config, context);
  addSet(config, context);
  addImport(config, context);
  addKeys(config, context);
  addCompare(config, context);
  addVersions(config, context, CONFIGS);
  addReading(config, context, CONFIGS);
}

function addCreate(parent: Command, context: CliContext): void {
  withKeys(
    withTenant(
      parent.command('create <name> [keys...]').summary('create a config: KEY=VALUE, KEY:TYPE=VALUE'),
    ),
  )
    .option('-m, --reason <text>', 'why, for those who come after')
    .option('--keep <count>', 'how many versions stay', wholeNumber())
    .option('--import <file>', 'begin with the keys of a .env, JSON, YAML or properties file')
    .action(async (name: string, pairs: string[], options: CreateOptions, command: Command) => {
      const api = await connect(context, command);
      const { keep, reason, import: file } = options;
      const spec = keep === undefined ? {} : { retention: { keep } };
      const body = {
        metadata: { name },
        spec,
        set: await keysOf(pairs, options),
        import: file === undefined ? undefined : await importOf(file),
        reason,
      };
      await api.call(pathTo(CONFIGS, options.tenant), { method: 'POST', body });
      const saved = await api.call<ConfigVersionAnswer>(`${pathTo(CONFIGS, options.tenant, name)}/keys`);
      printSaved(context, command, `config/${name}`, saved);
    });
}

function addSet(parent: Command, context: CliContext): void {
  withKeys(withEdit(parent.command('set <name> [keys...]').summary('save keys as a new version')))
    .option('--unset <key>', 'remove a key, can be repeated', collect, [])
    .action(async (name: string, pairs: string[], options: SetOptions, command: Command) => {
      const { reason, basedOn, unset } = options;
      const body = { set: await keysOf(pairs, options), unset, reason, basedOn };
      await save(context, command, { tenant: options.tenant, name }, body);
    });
}

function withKeys(command: Command): Command {
  return command
    .option('--file <key=path>', 'a key with the content of a file, can be repeated', collect, [])
    .option('--secret-file <key=path>', 'a secret from a file, - for standard input', collect, []);
}

function addImport(parent: Command, context: CliContext): void {
  withEdit(
    parent.command('import <name> <file>').summary('set the keys of a .env, JSON, YAML or properties file'),
  )
    .addOption(new Option('--format <format>', 'instead of what the name of the file says').choices(FORMATS))
    .option('--secret <pattern>', 'keys that become secret: a name, or a prefix with *', collect, [])
    .option('--replace', 'remove all keys that are not in the file', false)
    .action(async (name: string, file: string, options: ImportOptions, command: Command) => {
      const { reason, basedOn, replace, secret, format } = options;
      const body = { import: await importOf(file, format), secrets: secret, replace, reason, basedOn };
      await save(context, command, { tenant: options.tenant, name }, body);
    });
}

async function save(
  context: CliContext,
  command: Command,
  { tenant, name }: { tenant: string; name: string },
  body: object,
): Promise<void> {
  const api = await connect(context, command);
  const path = `${pathTo(CONFIGS, tenant, name)}/versions`;
  const saved = await api.call<ConfigVersionAnswer>(path, { method: 'POST', body });
  printSaved(context, command, `config/${name}`, saved);
}

function addKeys(parent: Command, context: CliContext): void {
  withTenant(parent.command('keys <name>').summary('show the keys of a version; secrets stay hidden'))
    .option('--version-number <version>', 'instead of the newest', parseVersion)
    .option('-s, --search <text>', 'only keys with this text in name or value')
    .action(
      async (
        name: string,
        options: TenantOptions & { versionNumber?: number; search?: string },
        command: Command,
      ) => {
        const api = await connect(context, command);
        const { tenant, versionNumber, search } = options;
        const part = versionNumber === undefined ? 'keys' : `versions/${versionNumber}`;
        const answer = await api.call<ConfigVersionAnswer>(`${pathTo(CONFIGS, tenant, name)}/${part}`, {
          query: { q: search },
        });
        printValue(context, command, answer, {
          names: answer.keys.map((key) => key.name),
          table: () =>
            table(
              ['KEY', 'TYPE', 'VALUE'],
              answer.keys.map((key) => [key.name, key.type, valueText(key)]),
            ),
        });
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
      const answer = await api.call<ConfigComparison>(`${pathTo(CONFIGS, tenant, name)}/compare`, { query });
      printValue(context, command, answer, {
        names: answer.changes.map(({ key }) => key),
        table: () => colouredDiff(context, answer.text),
      });
    },
  );
}

const WIDTH = 60;

function valueText({ type, value, base64 }: { type: string; value?: unknown; base64?: string }): string {
  if (type === 'secret') return '<secret>';
  if (base64 !== undefined) return `<${Buffer.byteLength(base64, 'base64')} bytes>`;
  const text = typeof value === 'string' ? value.replaceAll('\n', '\\n') : JSON.stringify(value);
  return text.length > WIDTH ? `${text.slice(0, WIDTH)}…` : text;
}

async function keysOf(pairs: readonly string[], { file, secretFile }: SetOptions): Promise<KeyInput[]> {
  const files = file.map(async (pair) => fileKey(pair, 'file'));
  const secrets = secretFile.map(async (pair) => fileKey(pair, 'secret'));
  return [...pairs.map(pairOf), ...(await Promise.all([...files, ...secrets]))];
}

async function fileKey(pair: string, type: string): Promise<KeyInput> {
  const at = pair.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('Write it as key=path.');
  const bytes = await readInput(pair.slice(at + 1));
  // A secret written with an editor ends in a line break that is no part of it.
  const content =
    type === 'secret' ? bytes.toString('latin1').replace(/\r?\n$/, '') : bytes.toString('latin1');
  return { name: pair.slice(0, at), type, base64: Buffer.from(content, 'latin1').toString('base64') };
}

/** `key=value`, `key:number=3`; lists and maps as JSON. */
function pairOf(pair: string): KeyInput {
  const [, name, type, text] = /^([^=]+?)(?::(string|number|bool|list|map|image))?=([^]*)$/.exec(pair) ?? [];
  if (name === undefined || text === undefined) throw new InvalidArgumentError(`"${pair}" is not key=value.`);
  if (type === undefined) return { name, value: text };
  return { name, type, value: /^(number|bool|list|map)$/.test(type) ? jsonOf(text) : text };
}

/** What is no JSON goes as it is: the service says what is wrong with it. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** The text of a file, and the format it is in. Throws InvalidUsage. */
export async function importOf(file: string, format = formatOf(file)) {
  return { format, text: (await readInput(file)).toString() };
}

function formatOf(file: string): (typeof FORMATS)[number] {
  const extension = extname(file).slice(1);
  if (extension === 'yml') return 'yaml';
  if (basename(file).startsWith('.env')) return 'env';
  return FORMATS.find((format) => format === extension) ?? 'env';
}
