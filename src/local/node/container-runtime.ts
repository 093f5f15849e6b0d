/** containerd and the pod network of one sandbox host. */
import { mkdir, writeFile } from 'node:fs/promises';
import { existsSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { BerthError } from '../../core/errors.js';
import type { SandboxHost } from '../sandbox/sandbox-host.js';
import type { SandboxService } from '../sandbox/service.js';

export const CONTAINERD_SOCKET = '/run/containerd/containerd.sock';
const CONTAINERD_CONFIG = '/etc/containerd/config.toml';
/** Debian's package, then the usual place elsewhere. */
export const CNI_PLUGIN_DIRS = ['/usr/lib/cni', '/usr/libexec/cni', '/opt/cni/bin'];
const CAP_SYS_RESOURCE = 24n;

export const CONTAINERD_SERVICE: SandboxService = {
  name: 'containerd',
  script: [`exec containerd --config ${CONTAINERD_CONFIG}`],
};

/** Writes what containerd and the CNI plugins read. `podCIDR` is this host's own part. */
export async function configureContainerRuntime(
  host: SandboxHost,
  podCIDR: string,
  pauseImage: string,
): Promise<void> {
  await writeInside(
    host,
    CONTAINERD_CONFIG,
    containerdConfig(pauseImage, cniPluginDir(), canRaisePriority()),
  );
  const network = JSON.stringify(cniNetwork(podCIDR), undefined, 2);
  await writeInside(host, '/etc/cni/net.d/10-berth.conflist', `${network}\n`);
}

async function writeInside(host: SandboxHost, path: string, text: string): Promise<void> {
  await mkdir(dirname(host.file(path)), { recursive: true });
  await writeFile(host.file(path), text);
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

/** Version 2 of the format is understood by containerd 1.5 to 2.x. */
function containerdConfig(pauseImage: string, cniDir: string, canRaise: boolean): string {
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

[${cri}.cni]
  bin_dir = "${cniDir}"
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
