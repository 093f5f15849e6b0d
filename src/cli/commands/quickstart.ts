import { join } from 'node:path';
import type { Command } from 'commander';
import { BerthError } from '../../core/errors.js';
import { run, type RunResult, tryRun } from '../../core/process.js';
import { type StepReporter, step } from '../../core/progress.js';
import { waitUntil } from '../../local/wait.js';
import type { Cluster } from '../../model/cluster.js';
import { clusterConditions, isTrue } from '../../model/conditions.js';
import type { NodeView } from '../../nodes/node-view.js';
import type { ApiClient } from '../api/api-client.js';
import { connect } from '../api/connection.js';
import { DEFAULT_WAIT_SECONDS, followOperation } from '../api/operation-progress.js';
import type { CliContext } from '../context.js';
import { writeKubeconfig } from '../kubeconfig-file.js';
import { chooseVersion, createCluster } from './cluster/create.js';
import { issueKubeconfig } from './cluster/kubeconfig.js';
import { addNodes, awaitReady } from './node/add.js';
import { deploySample, SAMPLE } from './sample.js';
import { addUpOptions, bringUp, type UpOptions } from './up.js';

const NAME = 'demo';
const SAMPLE_URL = 'http://web';
const VISIT_MS = 180_000;
const NAMESPACES = ['get', 'namespaces'];
const VISIT = ['exec', `--namespace=${SAMPLE}`, 'deployment/greeter', '--', 'wget', '-qO-', SAMPLE_URL];

const NEXT = [
  [`cluster describe ${NAME}`, 'what it is made of, and how it came about'],
  [`instance describe ${NAME} ${SAMPLE}`, `the application on it; its files are in examples/${SAMPLE}`],
  [`instance logs ${NAME} ${SAMPLE} --follow`, 'what its pods write'],
  [`config set ${SAMPLE} greeting=Ahoy`, 'a new version of its config'],
  [`instance set ${NAME} ${SAMPLE} --config-version 2`, 'draft it'],
  [`instance impact ${NAME} ${SAMPLE}`, 'what publishing the draft would change'],
  [`instance deploy ${NAME} ${SAMPLE} --wait`, 'publish it'],
  [`node add ${NAME}`, 'another node'],
  ['cluster create shop --plan ha --wait', 'another cluster, with three of everything'],
  [`cluster delete ${NAME}`, 'take it away, with its nodes'],
  ['down --purge', 'leave nothing on this machine'],
] as const;

export function registerQuickstart(program: Command, context: CliContext): void {
  const command = program
    .command('quickstart')
    .summary('from nothing to a hosted cluster that answers')
    .description(
      `Starts the embedded meta-cluster and the Berth service, creates a cluster "${NAME}", adds a node to it, deploys ` +
        'an application of two services there (examples/hello) and asks one from the other. Can be repeated: what ' +
        'is there stays.',
    );
  addUpOptions(command)
    .addHelpText('after', '\nExamples:\n  berth quickstart\n  berth quickstart --data-dir /srv/second')
    .action((options: UpOptions, own: Command) => quickstart(options, own, context));
}

async function quickstart(options: UpOptions, command: Command, context: CliContext): Promise<void> {
  const reporter = context.reporter(command);
  const { kubectl } = await bringUp(options, command, context);
  const api = await connect(context, command);
  const cluster = await demoCluster(api);
  if (!isTrue(cluster.status?.conditions, clusterConditions.ready)) {
    await followOperation(
      api,
      { cluster: NAME, type: 'Create', since: cluster.metadata.creationTimestamp },
      { reporter, timeoutSeconds: DEFAULT_WAIT_SECONDS },
    );
  }
  const dataDir = context.dataDir(command);
  const file = join(dataDir, `${NAME}.kubeconfig`);
  await writeKubeconfig(file, (await issueKubeconfig(api, NAME)).kubeconfig);
  const commands = kubectl ? await tryCluster(api, { dataDir, reporter }, { kubectl, file }) : [];
  context.out.write(describe(cluster, file, commands));
}

/** A command of kubectl that was run on the cluster, and what it printed. */
interface Shown {
  args: readonly string[];
  output: string;
}

/**
 * Adds a node, unless there is one, deploys the sample, and asks one service of it from the other. Needs the embedded
 * meta-cluster.
 */
async function tryCluster(
  api: ApiClient,
  site: { dataDir: string; reporter: StepReporter },
  { kubectl, file }: { kubectl: string; file: string },
): Promise<Shown[]> {
  const { reporter } = site;
  const { items } = await api.call<{ items: NodeView[] }>(`/api/v1/clusters/${NAME}/nodes`);
  const nodes =
    items.length > 0 ? items.map(({ name }) => name) : await addNodes(api, site, NAME, { count: 1 });
  await awaitReady(api, reporter, NAME, nodes);
  await deploySample(api, reporter, NAME);
  const access = ['--kubeconfig', file];
  const ask = (...args: string[]) => tryRun(kubectl, [...access, ...args]);
  const visit = await step(reporter, 'visit', `Ask ${SAMPLE_URL} from the pod of greeter`, () =>
    firstAnswer(ask),
  );
  const namespaces = await run(kubectl, [...access, ...NAMESPACES]);
  return [
    { args: NAMESPACES, output: namespaces },
    { args: VISIT, output: visit },
  ];
}

/** After a restart of its node, a cluster believes for a while that all runs as before. Throws TimedOut. */
async function firstAnswer(ask: (...args: string[]) => Promise<RunResult>): Promise<string> {
  await ask('rollout', 'status', 'deployment/coredns', '--namespace=kube-system', '--timeout=5m');
  let heard: RunResult | undefined;
  const answers = async () => {
    heard = await ask(...VISIT);
    return heard.code === 0;
  };
  const explain = () => Promise.resolve(heard?.stderr.trim() ?? '');
  await waitUntil(`an answer of ${SAMPLE_URL}`, answers, VISIT_MS, 1000, explain);
  return heard?.stdout ?? '';
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

function describe({ spec }: Cluster, file: string, commands: readonly Shown[]): string {
  const shown = commands.map(
    ({ args, output }) => `\n$ kubectl --kubeconfig ${file} ${args.join(' ')}\n${output}`,
  );
  return `${shown.join('')}
Cluster ${NAME} (Kubernetes ${spec.version}) is yours.

Next:
${NEXT.map(([command, what]) => `  berth ${command.padEnd(43)} ${what}\n`).join('')}  kubectl --kubeconfig ${file} get pods -A -o wide
`;
}
