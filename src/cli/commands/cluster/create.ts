import { type Command, Option } from 'commander';
import { type Cluster, exposureType } from '../../../model/cluster.js';
import { isTrue } from '../../../model/conditions.js';
import type { ControlPlaneVersion } from '../../../model/control-plane-version.js';
import type { OperationType } from '../../../model/operation.js';
import { defaultVersion } from '../../../versions/catalogue.js';
import type { ApiClient } from '../../api/api-client.js';
import { connect } from '../../api/connection.js';
import { DEFAULT_WAIT_SECONDS, type FollowOptions, followOperation } from '../../api/operation-progress.js';
import type { CliContext } from '../../context.js';
import { parseDuration } from '../../duration.js';
import { usageError } from '../../exit-codes.js';
import { CLUSTER } from '../../output/kinds.js';
import { printObjects } from '../../output/print.js';
import { type ClusterRequest, collectLabel, EMPTY_REQUEST, given, readRequest } from './request.js';

interface CreateOptions {
  file?: string;
  kubernetesVersion?: string;
  plan?: string;
  tenant?: string;
  displayName?: string;
  exposure?: string;
  konnectivity?: boolean;
  host?: string;
  podCidr?: string;
  serviceCidr?: string;
  label: Record<string, string>;
  dryRun: boolean;
  wait: boolean;
  timeout: number;
}

/** Longest wait for the condition once the operation has ended. */
const SETTLE_MS = 15_000;

const EXAMPLES = `
Examples:
  berth cluster create demo --wait
  berth cluster create shop --kubernetes-version 1.36.3 --plan ha --tenant shop
  berth cluster create -f cluster.yaml --dry-run -o yaml`;

export function addCreate(parent: Command, context: CliContext): void {
  parent
    .command('create [name]')
    .summary('create a cluster')
    .description('Creates a cluster. Safe to repeat: the same request finds the cluster it made.')
    .option(
      '-f, --file <file>',
      'read the cluster from YAML or JSON, - for standard input; options win over it',
    )
    .option(
      '--kubernetes-version <version>',
      'Kubernetes version [the newest supported one whose images are there]',
    )
    .option('--plan <plan>', 'size of the masters [dev]')
    .option('--tenant <tenant>', 'who owns it [default]')
    .option('--display-name <text>', 'name for people')
    .addOption(new Option('--exposure <type>', 'how its API server is reached').choices(exposureType.options))
    .option('--host <name>', 'host name of its API server')
    .option('--pod-cidr <cidr>', 'addresses of pods [a free part of the pool of this installation]')
    .option('--service-cidr <cidr>', 'addresses of Services [10.96.0.0/16]')
    .option('--konnectivity', 'reach nodes through a tunnel that they open, such as nodes behind NAT')
    .option('-l, --label <key=value>', 'label, can be repeated', collectLabel, {})
    .option('--dry-run', 'check everything, create nothing', false)
    .option('--wait', 'wait until its API server answers, and show the steps', false)
    .option('--timeout <duration>', 'longest wait', parseDuration, DEFAULT_WAIT_SECONDS)
    .addHelpText('after', EXAMPLES)
    .action(async (name: string | undefined, options: CreateOptions, command: Command) => {
      const api = await connect(context, command);
      const request = await requestOf(api, name, options);
      const cluster = await createCluster(api, request, options.dryRun);
      const waits = options.wait && !options.dryRun;
      const reporter = context.reporter(command);
      const shown = waits
        ? await untilReady(api, cluster, { reporter, timeoutSeconds: options.timeout })
        : cluster;
      printObjects(context, command, CLUSTER, { objects: [shown], value: shown });
    });
}

/** Sends a create request; one that made the cluster before gets it again. */
export async function createCluster(api: ApiClient, body: unknown, dryRun = false): Promise<Cluster> {
  const query = dryRun ? { dryRun: 'All' } : {};
  return api.call<Cluster>('/api/v1/clusters', { method: 'POST', body, query });
}

/** The cluster when it is ready: created, or imported. Throws what followOperation throws. */
export async function untilReady(
  api: ApiClient,
  { metadata }: Cluster,
  options: FollowOptions,
  type: OperationType = 'Create',
): Promise<Cluster> {
  const { name: cluster, creationTimestamp: since } = metadata;
  await followOperation(api, { cluster, type, since }, options);
  // The condition is written a moment after the operation's end.
  const signal = AbortSignal.timeout(SETTLE_MS);
  const path = `/api/v1/clusters/${cluster}`;
  try {
    for await (const event of api.watch<Cluster>(path, { signal })) {
      if ('object' in event && isTrue(event.object.status?.conditions, 'Ready')) return event.object;
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  return api.call<Cluster>(path);
}

/** What the file and the options ask for. */
async function requestOf(
  api: ApiClient,
  name: string | undefined,
  options: CreateOptions,
): Promise<ClusterRequest> {
  const { metadata, spec } = options.file === undefined ? EMPTY_REQUEST : await readRequest(options.file);
  const labels = { ...metadata.labels, ...options.label };
  const request: ClusterRequest = {
    metadata: {
      ...metadata,
      ...(name !== undefined && { name }),
      ...(Object.keys(labels).length > 0 && { labels }),
    },
    spec: { ...spec, ...specOf(options, spec) },
  };
  if (request.metadata.name === undefined) {
    throw usageError('A cluster needs a name.', 'berth cluster create NAME, or metadata.name in the file.');
  }
  if (request.spec['version'] === undefined) request.spec['version'] = await chooseVersion(api);
  return request;
}

function specOf(options: CreateOptions, file: Record<string, unknown>): Record<string, unknown> {
  const exposure = given({ type: options.exposure, host: options.host });
  const network = given({ podCIDR: options.podCidr, serviceCIDR: options.serviceCidr });
  return (
    given({
      version: options.kubernetesVersion,
      plan: options.plan,
      tenant: options.tenant,
      displayName: options.displayName,
      exposure: exposure && { ...(file['exposure'] as object | undefined), ...exposure },
      konnectivity: options.konnectivity ? { enabled: true } : undefined,
      network: network && { ...(file['network'] as object | undefined), ...network },
    }) ?? {}
  );
}

/** The version of a cluster that names none. Throws NoVersion. */
export async function chooseVersion(api: ApiClient): Promise<string> {
  return defaultVersion((await api.list<ControlPlaneVersion>('/api/v1/versions')).items);
}
