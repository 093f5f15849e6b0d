import type { Command } from 'commander';
import type { ChangeHistory, InstanceEvents } from '../../../http/apps/activity-schemas.js';
import type { ApiClient } from '../../api/api-client.js';
import { connect } from '../../api/connection.js';
import { coloursFor } from '../../colours.js';
import type { CliContext } from '../../context.js';
import { parseDuration } from '../../duration.js';
import { age, table } from '../../output/table.js';
import { printValue } from '../../output/value.js';
import { changeText } from '../apps-common.js';
import { LogPosition, type LogQuery } from './log-position.js';
import { instancePath } from './show.js';
import { wholeNumber } from '../../whole-number.js';

interface LogOptions {
  follow?: boolean;
  previous?: boolean;
  timestamps?: boolean;
  since?: number;
  tail?: number;
  grep?: string;
  container?: string;
}

const EXAMPLES = `
Examples:
  berth instance logs demo shop                        all pods, in the order of time
  berth instance logs demo shop web -f --since 10m     go on with what web writes
  berth instance logs demo shop --grep 'error|warn'`;

export function addLogs(parent: Command, context: CliContext): void {
  parent
    .command('logs <cluster> <instance> [service]')
    .summary('show what all pods of an instance or a service write, in one stream')
    .option('-f, --follow', 'go on with what is written, by pods that start later, too')
    .option('--since <duration>', 'only what was written in this time: 30s, 10m', parseDuration)
    .option('--tail <lines>', 'lines of each container to begin with [all]', wholeNumber(0))
    .option('--grep <expression>', 'only lines in which this is found (RE2)')
    .option('-c, --container <name>', 'only containers of this name')
    .option('-p, --previous', 'of the containers before their last restart')
    .option('--timestamps', 'when each line was written')
    .addHelpText('after', EXAMPLES)
    .action(
      async (
        cluster: string,
        name: string,
        service: string | undefined,
        { since, tail, ...rest }: LogOptions,
        command: Command,
      ) => {
        const api = await connect(context, command);
        const query = { service, sinceSeconds: since, tailLines: tail, ...rest };
        const path = `${instancePath(cluster, name)}/logs`;
        const lines = rest.follow ? followed(api, path, query) : api.lines(path, { query });
        for await (const line of lines) context.out.write(`${colouredPrefix(line, context)}\n`);
      },
    );
}

/** The lines, for as long as somebody reads them, also when the service is away meanwhile. */
async function* followed(api: ApiClient, path: string, query: LogQuery): AsyncGenerator<string> {
  const position = new LogPosition(query, () => performance.now());
  for await (const line of api.followLines(path, () => position.connect())) {
    const fresh = position.take(line);
    if (fresh !== undefined) yield fresh;
  }
}

/** The prefix of each pod in a colour of its own, on a terminal. */
function colouredPrefix(line: string, { out, environment }: CliContext): string {
  const { cyan, green, magenta, yellow, blue } = coloursFor(out, environment);
  const prefix = /^\[pod\/(\S+)\/\S+\] /.exec(line);
  if (!prefix) return line;
  const colours = [cyan, green, magenta, yellow, blue];
  const sum = Buffer.from(prefix[1] ?? '').reduce((total, byte) => total + byte, 0);
  const colour = colours[sum % colours.length] ?? cyan;
  return colour(prefix[0]) + line.slice(prefix[0].length);
}

export function addEvents(parent: Command, context: CliContext): void {
  parent
    .command('events <cluster> <instance> [service]')
    .summary('show what the cluster says of the objects of an instance or a service')
    .action(
      async (
        cluster: string,
        name: string,
        service: string | undefined,
        _options: object,
        command: Command,
      ) => {
        const api = await connect(context, command);
        const query = { service };
        const events = await api.call<InstanceEvents>(`${instancePath(cluster, name)}/events`, { query });
        printValue(context, command, events, {
          names: events.items.map((event) => `${event.kind.toLowerCase()}/${event.name}`),
          table: () => eventTable(events),
        });
      },
    );
}

function eventTable({ items }: InstanceEvents): string {
  if (items.length === 0) return 'No events.\n';
  const rows = items.map(({ time, type, reason, service, kind, name, message, count }) => [
    age(time, Date.now()),
    type,
    reason,
    service,
    `${kind}/${name}`,
    count > 1 ? `${message} (${count} times)` : message,
  ]);
  return table(['LAST SEEN', 'TYPE', 'REASON', 'SERVICE', 'OBJECT', 'MESSAGE'], rows);
}

interface HistoryOptions {
  diff?: boolean;
  limit?: number;
}

export function addHistory(parent: Command, context: CliContext): void {
  parent
    .command('history <cluster> <instance> [service]')
    .summary('show who changed what, when and why: drafts and releases')
    .option('--diff', 'with what is different', false)
    .option('--limit <count>', 'most entries [100]', wholeNumber())
    .action(
      async (
        cluster: string,
        name: string,
        service: string | undefined,
        { diff, limit }: HistoryOptions,
        command: Command,
      ) => {
        const api = await connect(context, command);
        const path = `${instancePath(cluster, name)}/history`;
        const history = await api.call<ChangeHistory>(path, { query: { service, limit } });
        printValue(context, command, history, {
          names: history.items.map((change) => titleOf(change)),
          table: () =>
            diff
              ? history.items.map((change) => changeText(context, titleOf(change), change)).join('\n')
              : historyTable(history),
        });
      },
    );
}

type Change = ChangeHistory['items'][number];

function historyTable({ items }: ChangeHistory): string {
  const rows = items.map((change) => [
    age(change.at, Date.now()),
    change.user,
    titleOf(change),
    change.phase ?? '',
    change.rollout === undefined ? (change.reason ?? '') : `rollout ${change.rollout}`,
  ]);
  return table(['AGE', 'USER', 'CHANGE', 'RESULT', 'REASON'], rows);
}

function titleOf({ action, generation, service, revision, rollbackOf }: Change): string {
  if (action === 'Draft') return `Draft ${generation}`;
  return `${action} ${service}.${revision}${rollbackOf === undefined ? '' : ` (of ${rollbackOf})`}`;
}
