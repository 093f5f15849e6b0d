import { type Command, InvalidArgumentError } from 'commander';
import type { ApplicationHistory, CallGraph, SearchAnswer } from '../../../http/apps/application-schemas.js';
import { type Application, applicationKind } from '../../../model/application.js';
import { connect } from '../../api/connection.js';
import type { CliContext } from '../../context.js';
import { printObjects } from '../../output/print.js';
import { age, table } from '../../output/table.js';
import { printValue } from '../../output/value.js';
import {
  addReading,
  changeText,
  collect,
  type Collection,
  parseReference,
  pathTo,
  type TenantOptions,
  withTenant,
} from '../apps-common.js';
import { wholeNumber } from '../../whole-number.js';

const APPLICATIONS: Collection = {
  plural: 'applications',
  printed: { singular: 'application', columns: applicationKind.columns },
};
const EXAMPLES = `
Examples:
  berth app create shop --template shop --env dev=shop-dev --env prod=shop-prod@12
  berth app set shop --template shop@4
  berth app history shop --diff
  berth app graph shop --env prod
  berth app search redis:7
  berth app search checkout --kind Service     where it runs`;

interface AppOptions extends TenantOptions {
  template?: string;
  env: string[];
  description?: string;
  reason?: string;
}

/** The group of commands; others add theirs to it. */
export function registerApp(program: Command, context: CliContext): void {
  const app = program
    .command('app')
    .alias('apps')
    .summary('templates with a config for each environment')
    .addHelpText('after', EXAMPLES);
  addCreate(app, context);
  addSet(app, context);
  addHistory(app, context);
  addGraph(app, context);
  addSearch(app, context);
  addReading(app, context, APPLICATIONS);
}

function withParts(command: Command): Command {
  return withTenant(command)
    .option('--template <template>', 'NAME or NAME@VERSION')
    .option(
      '--env <environment=config>',
      'a config for an environment, NAME or NAME@VERSION; can be repeated',
      collect,
      [],
    )
    .option('--description <text>', 'what it is')
    .option('-m, --reason <text>', 'why, for those who come after');
}

function addCreate(parent: Command, context: CliContext): void {
  withParts(
    parent.command('create <name>').summary('create an application of a template and configs'),
  ).action(async (name: string, options: AppOptions, command: Command) => {
    const api = await connect(context, command);
    const { reason } = options;
    const body = { metadata: { name }, spec: specOf(options), reason };
    const made = await api.call<Application>(pathTo(APPLICATIONS, options.tenant), { method: 'POST', body });
    printObjects(context, command, APPLICATIONS.printed, { objects: [made], value: made });
  });
}

function addSet(parent: Command, context: CliContext): void {
  withParts(parent.command('set <name>').summary('change template, environments or description')).action(
    async (name: string, options: AppOptions, command: Command) => {
      const api = await connect(context, command);
      const path = pathTo(APPLICATIONS, options.tenant, name);
      const { spec } = await api.call<Application>(path);
      const body = { spec: changesOf(spec, specOf(options)), reason: options.reason };
      const changed = await api.call<Application>(path, { method: 'PATCH', body });
      printObjects(context, command, APPLICATIONS.printed, { objects: [changed], value: changed });
    },
  );
}

function addHistory(parent: Command, context: CliContext): void {
  withTenant(parent.command('history <name>').summary('show who changed it, when and why'))
    .option('--diff', 'with what is different', false)
    .option('--limit <count>', 'most entries [100]', wholeNumber())
    .action(
      async (
        name: string,
        { tenant, diff, limit }: TenantOptions & { diff: boolean; limit?: number },
        command: Command,
      ) => {
        const api = await connect(context, command);
        const path = `${pathTo(APPLICATIONS, tenant, name)}/history`;
        const history = await api.call<ApplicationHistory>(path, { query: { limit } });
        const text = (change: Change) => changeText(context, titleOf(change), change);
        printValue(context, command, history, {
          names: history.items.map(titleOf),
          table: () => (diff ? history.items.map(text).join('\n') : historyTable(history)),
        });
      },
    );
}

type Change = ApplicationHistory['items'][number];

const titleOf = ({ generation }: Change) => `Change ${generation}`;

function historyTable({ items }: ApplicationHistory): string {
  const rows = items.map((change) => [
    age(change.at, Date.now()),
    change.user,
    titleOf(change),
    change.reason ?? '',
  ]);
  return table(['AGE', 'USER', 'CHANGE', 'REASON'], rows);
}

function specOf({ template, env, description }: AppOptions) {
  return {
    ...(template !== undefined && { template: parseReference(template) }),
    ...(env.length > 0 && { environments: env.map(environmentOf) }),
    ...(description !== undefined && { description }),
  };
}

/** What is patched is merged, so a template named without a version loses the one it had; a list is replaced whole. */
function changesOf({ environments: before }: Application['spec'], given: ReturnType<typeof specOf>) {
  const { template, environments, ...rest } = given;
  const names = new Set(environments?.map(({ name }) => name));
  const untouched = before.filter(({ name }) => !names.has(name));
  return {
    ...rest,
    ...(template && { template: { version: null, ...template } }),
    ...(environments && { environments: [...untouched, ...environments] }),
  };
}

function environmentOf(pair: string) {
  const [name, config] = pair.split('=');
  if (!name || !config) throw new InvalidArgumentError('Write an environment as name=config.');
  return { name, config: parseReference(config) };
}

function addGraph(parent: Command, context: CliContext): void {
  withTenant(parent.command('graph <name>').summary('show which service is told of which'))
    .option('--env <environment>', 'with its config; the first one unless told')
    .action(async (name: string, { tenant, env }: TenantOptions & { env?: string }, command: Command) => {
      const api = await connect(context, command);
      const graph = await api.call<CallGraph>(`${pathTo(APPLICATIONS, tenant, name)}/call-graph`, {
        query: { environment: env },
      });
      const rows = graph.services.map((one) => [one.name, one.calls.join(','), one.dependsOn.join(',')]);
      printValue(context, command, graph, {
        names: graph.services.map((one) => one.name),
        table: () => table(['SERVICE', 'CALLS', 'DEPENDS ON'], rows),
      });
    });
}

function addSearch(parent: Command, context: CliContext): void {
  withTenant(parent.command('search <text>').summary('find a text in templates, configs and applications'))
    .option('--kind <kind>', 'only Template, Service, File, Config, Key or Application')
    .action(async (text: string, { tenant, kind }: TenantOptions & { kind?: string }, command: Command) => {
      const api = await connect(context, command);
      const path = `/api/v1/tenants/${encodeURIComponent(tenant)}/search`;
      const answer = await api.call<SearchAnswer>(path, { query: { q: text, kind, limit: 500 } });
      printValue(context, command, answer, {
        names: answer.items.map((one) => `${one.kind.toLowerCase()}/${one.name}`),
        table: () => (answer.items.length === 0 ? 'Nothing.\n' : searchTable(answer)),
      });
    });
}

/** What is found with the line it is in; of a service, where it is. */
function searchTable({ items }: SearchAnswer): string {
  const rows = items.map(({ kind, name, place = '', applications, text = '', instances = [] }) => {
    const places = instances.map(({ cluster, instance, state }) => `${cluster}/${instance} ${state}`);
    return [kind, name, place, applications.join(','), kind === 'Service' ? places.join(', ') : text];
  });
  return table(['KIND', 'NAME', 'PLACE', 'APPLICATIONS', 'WHAT'], rows);
}
