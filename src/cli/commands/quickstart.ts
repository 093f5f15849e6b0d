import { join } from 'node:path';
import type { Command } from 'commander';
import { BerthError } from '../../core/errors.js';
import { run } from '../../core/process.js';
import { step } from '../../core/progress.js';
import type { Cluster } from '../../model/cluster.js';
import type { ApiClient } from '../api/api-client.js';
import { connect } from '../api/connection.js';
import { DEFAULT_WAIT_SECONDS, followOperation } from '../api/operation-progress.js';
import type { CliContext } from '../context.js';
import { writeKubeconfig } from '../kubeconfig-file.js';
import { chooseVersion, createCluster } from './cluster/create.js';
import { issueKubeconfig } from './cluster/kubeconfig.js';
import { addUpOptions, bringUp, type UpOptions } from './up.js';

const NAME = 'demo';

export function registerQuickstart(program: Command, context: CliContext): void {
  const command = program
    .command('quickstart')
    .summary('from nothing to a hosted cluster that answers')
    .description(
      `Starts the embedded meta-cluster and the Berth service, creates a cluster "${NAME}" and asks it for its ` +
        'namespaces with kubectl. Can be repeated: what is there stays.',
    );
  addUpOptions(command)
    .addHelpText('after', '\nExamples:\n  berth quickstart\n  berth quickstart --data-dir /srv/second')
    .action((options: UpOptions, own: Command) => quickstart(options, own, context));
}

async function quickstart(options: UpOptions, command: Command, context: CliContext): Promise<void> {
  const reporter = context.reporter(command);
  const { kubectl = 'kubectl' } = await bringUp(options, command, context);
  const api = await connect(context, command);
  const cluster = await demoCluster(api);
  await followOperation(
    api,
    { cluster: NAME, type: 'Create', since: cluster.metadata.creationTimestamp },
    { reporter, timeoutSeconds: DEFAULT_WAIT_SECONDS },
  );
  const file = join(context.dataDir(command), `${NAME}.kubeconfig`);
  await writeKubeconfig(file, (await issueKubeconfig(api, NAME)).kubeconfig);
  const namespaces = await step(reporter, 'kubectl', 'Ask the cluster for its namespaces', () =>
    run(kubectl, ['--kubeconfig', file, 'get', 'namespaces']),
  );
  context.out.write(describe(cluster, file, namespaces));
}

/** A cluster of this name that is there stays, whatever version a new one would get today. */
async function demoCluster(api: ApiClient): Promise<Cluster> {
  try {
    const spec = { version: await chooseVersion(api) };
    return await createCluster(api, { metadata: { name: NAME }, spec });
  } catch (error) {
    if (!(error instanceof BerthError) || error.code !== 'ClusterExists') throw error;
    return api.call<Cluster>(`/api/v1/clusters/${NAME}`);
  }
}

function describe({ spec }: Cluster, file: string, namespaces: string): string {
  return `
$ kubectl --kubeconfig ${file} get namespaces
${namespaces}
Cluster ${NAME} (Kubernetes ${spec.version}) is yours.

Next:
  kubectl --kubeconfig ${file} auth whoami     who you are there
  berth cluster describe ${NAME}               what it is made of, and how it came about
  berth cluster create shop --plan ha --wait   another one, with three of everything
  berth cluster delete ${NAME}                 take it away
  berth down --purge                           leave nothing on this machine
`;
}
