import { join, resolve } from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { KUBERNETES_VERSIONS } from '../../local/binaries/releases.js';
import { EmbeddedCluster, type Endpoints } from '../../local/embedded-cluster.js';
import { useCluster } from '../../local/external-cluster.js';
import type { LocalSettings } from '../../local/settings.js';
import type { CliContext } from '../context.js';
import { wholeNumber } from '../whole-number.js';

export interface UpOptions {
  binDir?: string;
  kubernetesVersion?: string;
  versions: string[];
  port?: number;
  install: boolean;
  metaKubeconfig?: string;
  output?: string;
}

const EXAMPLES = `
Examples:
  berth up                              start everything on this machine
  berth up --versions 1.35.4,1.37.0     also bring the images for clusters of these versions
  berth up --data-dir /srv/second       a second, separate installation
  berth up --meta-kubeconfig admin.conf use an existing cluster; start only the Berth service
  berth up -o json                      one JSON object a line, for machines`;

export function registerUp(program: Command, context: CliContext): void {
  const up = program
    .command('up')
    .summary('start the embedded meta-cluster and the Berth service')
    .description(
      'Starts a real Kubernetes on this machine, in namespaces of its own, and the Berth service on top of it. ' +
        'Can be repeated: what runs already stays, what is missing is mended.',
    );
  addUpOptions(up)
    .addHelpText('after', EXAMPLES)
    .action(async (options: UpOptions, command: Command) => {
      const endpoints = await bringUp(options, command, context);
      const { output } = command.optsWithGlobals<UpOptions>();
      context.out.write(output === 'json' ? `${JSON.stringify(endpoints)}\n` : describe(endpoints));
    });
}

/** The options that say what to bring up and with what. */
export function addUpOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--kubernetes-version <version>', 'version of the meta-cluster').choices(
        KUBERNETES_VERSIONS,
      ),
    )
    .option('--versions <list>', 'versions to bring the images of, for hosted clusters', parseVersions, [])
    .option('--bin-dir <dir>', 'directory of your own binaries, looked at first')
    .option('--port <port>', 'port of the Berth service on 127.0.0.1', wholeNumber(1, 65_535))
    .option('--no-install', 'do not install missing packages')
    .option('--meta-kubeconfig <file>', 'use this cluster instead of an embedded one');
}

/** Brings up what the options of `addUpOptions` ask for. */
export function bringUp(options: UpOptions, command: Command, context: CliContext): Promise<Endpoints> {
  const reporter = context.reporter(command);
  const { metaKubeconfig, port } = options;
  if (metaKubeconfig === undefined) {
    return new EmbeddedCluster(settingsOf(options, command, context), reporter).up();
  }
  const file = resolve(metaKubeconfig);
  return useCluster({ dataDir: context.dataDir(command), metaKubeconfig: file, port }, reporter);
}

function settingsOf(options: UpOptions, command: Command, context: CliContext): LocalSettings {
  const { binDir, kubernetesVersion, versions, port, install } = options;
  return {
    dataDir: context.dataDir(command),
    binaries: {
      cacheDir: join(context.cacheDir(), 'binaries'),
      binDir: binDir && resolve(binDir),
      path: context.environment['PATH'] ?? '',
    },
    kubernetesVersion,
    versions,
    port,
    install,
  };
}

function parseVersions(text: string): string[] {
  const versions = text.split(',').map((version) => version.trim().replace(/^v/, ''));
  const known: readonly string[] = KUBERNETES_VERSIONS;
  const unknown = versions.filter((version) => !known.includes(version));
  if (unknown.length === 0) return versions;
  throw new InvalidArgumentError(`${unknown.join(', ')} is not one of ${known.join(', ')}.`);
}

function describe({ service, kubeconfig, ingress }: Endpoints): string {
  return `
Berth is up.
  service       ${service}
${ingress === undefined ? '' : `  ingress       ${ingress}\n`}  meta-cluster  kubectl --kubeconfig ${kubeconfig} get pods -A

Next:
  berth cluster create demo --wait
`;
}
