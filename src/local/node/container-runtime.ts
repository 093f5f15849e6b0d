/** containerd and the pod network of one sandbox host. */
import { cp } from 'node:fs/promises';
import { existsSync, readFileSync } from 'node:fs';
import { BerthError } from '../../core/errors.js';
import type { SandboxHost } from '../sandbox/sandbox-host.js';
import type { SandboxService } from '../sandbox/service.js';
import { waitUntil } from '../wait.js';

export const CONTAINERD_SOCKET = '/run/containerd/containerd.sock';
const CONTAINERD_CONFIG = '/etc/containerd/config.toml';
/** Where CNI plugins are in every host, and where addons that bring some of their own put them. */
const CNI_BIN_DIR = '/opt/cni/bin';
/** Debian's package, then the usual place elsewhere. */
export const CNI_PLUGIN_DIRS = ['/usr/lib/cni', '/usr/libexec/cni', '/opt/cni/bin'];
const CAP_SYS_RESOURCE = 24n;
const REGISTRIES_DIR = '/etc/containerd/certs.d';
const START_TIMEOUT_MS = 60_000;

export const CONTAINERD_SERVICE: SandboxService = {
  name: 'containerd',
  script: [`exec containerd --config ${CONTAINERD_CONFIG}`],
};

/**
 * Writes what containerd reads, and gives the host the machine's CNI plugins. `mirror` is the URL of a registry that
 * is asked before the official ones.
 */
export async function configureContainerRuntime(
  host: SandboxHost,
  pauseImage: string,
  mirror?: string,
): Promise<void> {
  await host.writeFile(CONTAINERD_CONFIG, containerdConfig(pauseImage, canRaisePriority()));
  if (mirror !== undefined)
    await host.writeFile(`${REGISTRIES_DIR}/_default/hosts.toml`, mirrorConfig(mirror));
  // Copies: what an addon writes there must not reach the machine's own.
  await cp(cniPluginDir(), host.file(CNI_BIN_DIR), { recursive: true, force: false, dereference: true });
}

/** Joins the pods of the host to a bridge. `podCIDR` is the host's own part of the pod network. */
export async function configurePodNetwork(host: SandboxHost, podCIDR: string): Promise<void> {
  const network = JSON.stringify(cniNetwork(podCIDR), undefined, 2);
  await host.writeFile('/etc/cni/net.d/10-berth.conflist', `${network}\n`);
}

/** Waits until containerd of a host that was just started answers. */
export async function awaitContainerd(host: SandboxHost): Promise<void> {
  const answers = async (): Promise<boolean> =>
    (await host.tryRun('ctr', ['--address', CONTAINERD_SOCKET, 'version'])).code === 0;
  await waitUntil(`containerd of ${host.name} to answer`, answers, START_TIMEOUT_MS, 100);
}

/** Without CAP_SYS_RESOURCE a lower OOM score cannot be set, and every pod sandbox would die of trying. */
function canRaisePriority(): boolean {
  const [, effective = '0'] = /^CapEff:\s*([0-9a-f]+)/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
  return ((BigInt(`0x${effective}`) >> CAP_SYS_RESOURCE) & 1n) === 1n;
}

function cniPluginDir(): string {
  const directory = CNI_PLUGIN_DIRS.find((candidate) => existsSync(`${candidate}/bridge`));
  if (directory !== undefined) return directory;
  throw new BerthError('CniPluginsMissing', `no CNI plugins in ${CNI_PLUGIN_DIRS.join(', ')}`, {
    next: 'Install the package containernetworking-plugins.',
  });
}

/** For every registry: what the mirror does not have comes from the registry itself. */
function mirrorConfig(mirror: string): string {
  return `[host."${mirror}"]\n  capabilities = ["pull", "resolve"]\n`;
}

/** Version 2 of the format is understood by containerd 1.5 to 2.x. */
function containerdConfig(pauseImage: string, canRaise: boolean): string {
  const cri = 'plugins."io.containerd.grpc.v1.cri"';
  const unused = ['snapshotter.v1.aufs', 'snapshotter.v1.btrfs', 'snapshotter.v1.devmapper'];
  const disabled = [...unused, 'snapshotter.v1.zfs', 'nri.v1.nri'].map((name) => `"io.containerd.${name}"`);
  return `version = 2
root = "/var/lib/containerd"
state = "/run/containerd"
disabled_plugins = [${disabled.join(', ')}]

[grpc]
  address = "${CONTAINERD_SOCKET}"

[plugins."io.containerd.internal.v1.opt"]
  path = "/var/lib/containerd/opt"

[${cri}]
  sandbox_image = "${pauseImage}"
  restrict_oom_score_adj = ${!canRaise}

[${cri}.containerd]
  snapshotter = "overlayfs"
  default_runtime_name = "runc"

[${cri}.containerd.runtimes.runc]
  runtime_type = "io.containerd.runc.v2"

[${cri}.containerd.runtimes.runc.options]
  SystemdCgroup = false

[${cri}.registry]
  config_path = "${REGISTRIES_DIR}"

[${cri}.cni]
  bin_dir = "${CNI_BIN_DIR}"
  conf_dir = "/etc/cni/net.d"
`;
}

/**
 * Pods keep their own address on the way to the machine and to other hosts, which have routes to it. Address
 * reservations live in /run: after a restart of the host no pod has one.
 */
function cniNetwork(podCIDR: string): object {
  const ipam = {
    type: 'host-local',
    ranges: [[{ subnet: podCIDR }]],
    routes: [{ dst: '0.0.0.0/0' }],
    dataDir: '/run/cni/networks',
  };
  const bridge = { type: 'bridge', bridge: 'cni0', isGateway: true, hairpinMode: true, ipam };
  const portmap = { type: 'portmap', capabilities: { portMappings: true } };
  return { cniVersion: '0.4.0', name: 'berth', plugins: [bridge, portmap] };
}
