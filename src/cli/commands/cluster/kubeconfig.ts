import { type Command, Option } from 'commander';
import { connect } from '../../api/connection.js';
import type { ApiClient } from '../../api/api-client.js';
import type { CliContext } from '../../context.js';
import { parseDuration } from '../../duration.js';
import { defaultKubeconfig, mergeKubeconfig, writeKubeconfig } from '../../kubeconfig-file.js';
import { outputFormat } from '../../output/print.js';

interface KubeconfigOptions {
  write?: string;
  merge: boolean;
  ttl?: number;
  user?: string;
  namespace?: string;
  byHost: boolean;
}

export interface IssuedKubeconfig {
  cluster: string;
  user: string;
  groups: string[];
  expiresAt: string;
  kubeconfig: string;
}

const EXAMPLES = `
Examples:
  berth cluster kubeconfig demo --write demo.kubeconfig
  kubectl --kubeconfig <(berth cluster kubeconfig demo) get namespaces
  KUBECACHEDIR=~/.kube/cache/demo kubectl --kubeconfig demo.kubeconfig api-resources
  berth cluster kubeconfig demo --merge   into $KUBECONFIG or ~/.kube/config, as the current context`;

export function addKubeconfig(parent: Command, context: CliContext): void {
  parent
    .command('kubeconfig <cluster>')
    .summary('get a kubeconfig with a certificate that lives for hours')
    .option('--write <file>', 'write it to a file that only you can read')
    .addOption(
      new Option('--merge', 'add it to your kubeconfig and switch to it').default(false).conflicts('write'),
    )
    .option('--ttl <duration>', 'life of the certificate, at most 24h [8h]', parseDuration)
    .option('--user <name>', 'whose it is [you]')
    .option('-n, --namespace <name>', 'default namespace of the context')
    .option('--by-host', 'name the host instead of the address: needs DNS for it', false)
    .addHelpText('after', EXAMPLES)
    .action(async (name: string, options: KubeconfigOptions, command: Command) => {
      const issued = await issueKubeconfig(await connect(context, command), name, options);
      const file = options.merge ? defaultKubeconfig(context.environment) : options.write;
      if (file === undefined) {
        const asJson = outputFormat(command) === 'json';
        context.out.write(asJson ? `${JSON.stringify(issued)}\n` : issued.kubeconfig);
        return;
      }
      await (options.merge ? mergeKubeconfig : writeKubeconfig)(file, issued.kubeconfig);
      context.out.write(`Wrote ${file}: user ${issued.user}, good until ${issued.expiresAt}.\n`);
    });
}

/** A fresh kubeconfig; `ttl` in seconds. */
export async function issueKubeconfig(
  api: ApiClient,
  cluster: string,
  { ttl, user, namespace, byHost = false }: Partial<KubeconfigOptions> = {},
): Promise<IssuedKubeconfig> {
  const body = { ttlSeconds: ttl, user, namespace, server: byHost ? 'host' : 'address' };
  return api.call<IssuedKubeconfig>(`/api/v1/clusters/${cluster}/kubeconfig`, { method: 'POST', body });
}
