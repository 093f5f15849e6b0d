import { type Command, InvalidArgumentError, Option } from 'commander';
import { dump } from 'js-yaml';
import type { JoinToken } from '../../../nodes/join-token.js';
import type { ApiClient } from '../../api/api-client.js';
import { connect } from '../../api/connection.js';
import type { CliContext } from '../../context.js';
import { parseDuration } from '../../duration.js';
import { outputFormat } from '../../output/print.js';
import { age, table } from '../../output/table.js';
import { wholeNumber } from '../../whole-number.js';

interface Taint {
  key: string;
  value?: string;
  effect: string;
}

interface TokenOptions {
  ttl?: number;
  description?: string;
  label?: Record<string, string>;
  taint?: Taint[];
  limit?: number;
  as?: 'kubeadm' | 'shell' | 'cloud-init' | 'script';
}

interface NewJoinToken extends JoinToken {
  cluster: string;
  token: string;
  expiresAt: string;
  kubernetesVersion: string;
  commands: { kubeadm: string; shell: string; cloudInit: string };
}

const EXAMPLES = `
Examples:
  berth node token demo                                  three ways to join, for the next hour
  berth node token demo --ttl 10m --limit 1 --as shell   one line for one machine
  berth node token demo --as script | ssh root@host sh   when the machine cannot reach Berth
  berth node token demo --label disk=ssd --taint gpu=yes:NoSchedule`;

export function addToken(parent: Command, context: CliContext): void {
  parent
    .command('token <cluster>')
    .summary('make a token with which machines join')
    .option('--ttl <duration>', 'life of the token, at most 24h [1h]', parseDuration)
    .option('--description <text>', 'what it is for')
    .option('--label <key=value>', 'label of the nodes; can be repeated', addLabel)
    .option('--taint <key=value:effect>', 'taint of the nodes; can be repeated', addTaint)
    .option('--limit <nodes>', 'most nodes that may join with it', wholeNumber())
    .addOption(
      new Option('--as <form>', 'print this alone').choices(['kubeadm', 'shell', 'cloud-init', 'script']),
    )
    .addHelpText('after', EXAMPLES)
    .action(async (cluster: string, options: TokenOptions, command: Command) => {
      const api = await connect(context, command);
      const { ttl: ttlSeconds, description, label: labels, taint: taints, limit: usageLimit } = options;
      const made = await api.call<NewJoinToken>(`/api/v1/clusters/${cluster}/join-tokens`, {
        method: 'POST',
        body: { ttlSeconds, description, labels, taints, usageLimit },
      });
      context.out.write(await printed(api, made, options.as, outputFormat(command)));
    });
}

export function addTokens(parent: Command, context: CliContext): void {
  parent
    .command('tokens <cluster>')
    .summary('list join tokens, without their secrets')
    .action(async (cluster: string, _options: object, command: Command) => {
      const api = await connect(context, command);
      const list = await api.call<{ items: JoinToken[] }>(`/api/v1/clusters/${cluster}/join-tokens`);
      context.out.write(structured(list, outputFormat(command)) ?? tokenTable(list.items, Date.now()));
    });
}

export function addRevoke(parent: Command, context: CliContext): void {
  parent
    .command('revoke <cluster> <token>')
    .summary('revoke a join token by its first six characters; nodes that joined stay')
    .action(async (cluster: string, token: string, _options: object, command: Command) => {
      const api = await connect(context, command);
      const revoked = await api.call<JoinToken>(`/api/v1/clusters/${cluster}/join-tokens/${token}`, {
        method: 'DELETE',
      });
      context.out.write(structured(revoked, outputFormat(command)) ?? `Revoked ${revoked.id}.\n`);
    });
}

async function printed(
  api: ApiClient,
  made: NewJoinToken,
  form: TokenOptions['as'],
  format: string,
): Promise<string> {
  const { commands, cluster, token } = made;
  switch (form) {
    case 'kubeadm':
      return `${commands.kubeadm}\n`;
    case 'shell':
      return `${commands.shell}\n`;
    case 'cloud-init':
      return commands.cloudInit;
    case 'script':
      return api.text(`/api/v1/clusters/${cluster}/join-script`, token);
    case undefined:
      return structured(made, format) ?? overview(made);
  }
}

/** JSON or YAML when that was asked for. */
function structured(value: unknown, format: string): string | undefined {
  if (format === 'json') return `${JSON.stringify(value, undefined, 2)}\n`;
  return format === 'yaml' ? dump(value, { lineWidth: -1, noRefs: true }) : undefined;
}

function overview({ commands, kubernetesVersion, expiresAt, cluster }: NewJoinToken): string {
  const minor = kubernetesVersion.split('.').slice(0, 2).join('.');
  return `A machine that has kubeadm and kubelet ${minor} and a container runtime joins with

  ${commands.kubeadm}

Any Debian, Ubuntu or Red Hat machine that reaches Berth joins with

  ${commands.shell}

For a machine that does not, and for cloud-init: berth node token ${cluster} --as script | cloud-init.
The token is good until ${expiresAt}. It is shown this once.
`;
}

function tokenTable(tokens: readonly JoinToken[], now: number): string {
  if (tokens.length === 0) return 'No join tokens.\n';
  const rows = tokens.map(({ id, description = '', createdBy = '', expiresAt, usageLimit, usedBy }) => [
    id,
    expiresAt === undefined ? 'never' : age(new Date(now).toISOString(), Date.parse(expiresAt)),
    usageLimit === undefined ? '' : `${usedBy.length} of ${usageLimit}`,
    createdBy,
    description,
  ]);
  return table(['ID', 'EXPIRES IN', 'USED', 'BY', 'DESCRIPTION'], rows);
}

/** For commander: throws InvalidArgumentError. */
function addLabel(text: string, before: Record<string, string> = {}): Record<string, string> {
  const [, key, value] = /^([^=]+)=(.*)$/.exec(text) ?? [];
  if (key === undefined || value === undefined) throw new InvalidArgumentError('Write key=value.');
  return { ...before, [key]: value };
}

/** For commander: throws InvalidArgumentError. */
function addTaint(text: string, before: Taint[] = []): Taint[] {
  const [, key, value, effect] = /^([^=:]+)(?:=([^:]*))?:(\w+)$/.exec(text) ?? [];
  if (key === undefined || effect === undefined) {
    throw new InvalidArgumentError('Write key=value:Effect, with NoSchedule, PreferNoSchedule or NoExecute.');
  }
  return [...before, { key, value, effect }];
}
