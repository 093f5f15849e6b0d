/** The commands of this machine that the embedded meta-cluster is made of, and the packages that bring them. */
import { existsSync } from 'node:fs';
import { access, constants, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run, tryRun } from '../../core/process.js';
import { CNI_PLUGIN_DIRS } from '../node/container-runtime.js';

/** Command → Debian and Ubuntu package. */
const COMMANDS: Readonly<Record<string, string>> = {
  busybox: 'busybox-static',
  catatonit: 'catatonit',
  conntrack: 'conntrack',
  containerd: 'containerd',
  ctr: 'containerd',
  ip: 'iproute2',
  iptables: 'iptables',
  ldd: 'libc-bin',
  nsenter: 'util-linux',
  runc: 'runc',
  runsvdir: 'runit',
  sv: 'runit',
  svlogd: 'runit',
  tar: 'tar',
  unshare: 'util-linux',
};
const CNI_PACKAGE = 'containernetworking-plugins';
const POLICY = '/usr/sbin/policy-rc.d';

export interface MissingCommands {
  /** Names for people: commands, and the CNI plugins. */
  commands: string[];
  packages: string[];
}

export async function missingCommands(path: string): Promise<MissingCommands> {
  const directories = path.split(':').filter(Boolean);
  const commands: string[] = [];
  const packages = new Set<string>();
  for (const [command, name] of Object.entries(COMMANDS)) {
    if (await onPath(command, directories)) continue;
    commands.push(command);
    packages.add(name);
  }
  if (!CNI_PLUGIN_DIRS.some((directory) => existsSync(join(directory, 'bridge')))) {
    commands.push('CNI plugins');
    packages.add(CNI_PACKAGE);
  }
  return { commands, packages: [...packages] };
}

/** Debian and Ubuntu, where we know the names of packages and how to install them. */
export function hasApt(): boolean {
  return existsSync('/usr/bin/apt-get');
}

/** Installs packages without starting the services they bring: the machine's own set-up stays as it is. */
export async function installPackages(
  packages: readonly string[],
  onLine: (line: string) => void,
): Promise<void> {
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  const install = ['install', '-y', '--no-install-recommends', ...packages];
  const ownPolicy = await forbidServiceStarts();
  try {
    const first = await tryRun('apt-get', install, { env, onLine });
    if (first.code === 0) return;
    // Most often the package lists are missing or old.
    await run('apt-get', ['update'], { env, onLine });
    await run('apt-get', install, { env, onLine });
  } finally {
    if (ownPolicy) await rm(POLICY, { force: true });
  }
}

/** Debian's way to keep packages from starting services. False when the machine has a policy of its own. */
async function forbidServiceStarts(): Promise<boolean> {
  if (existsSync(POLICY)) return false;
  await writeFile(POLICY, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  return true;
}

async function onPath(command: string, directories: readonly string[]): Promise<boolean> {
  for (const directory of directories) {
    const found = await access(join(directory, command), constants.X_OK).then(
      () => true,
      () => false,
    );
    if (found) return true;
  }
  return false;
}
