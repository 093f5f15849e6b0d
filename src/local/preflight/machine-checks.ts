/** What the machine itself must be able to do. Each check answers a problem or nothing; none changes anything. */
import { existsSync } from 'node:fs';
import { readFile, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { tryRun } from '../../core/process.js';
import { isFree } from '../service/port.js';

/** Something that is missing, and the command or the way that mends it. */
export interface Problem {
  what: string;
  mend: string;
}

const GIB = 1024 ** 3;
const MEMORY_BYTES = 2 * GIB;
const DISK_BYTES = 8 * GIB;
const V1_CONTROLLERS = ['cpu', 'cpuacct', 'cpuset', 'memory', 'pids', 'devices'];

export async function checkKernel(): Promise<Problem[]> {
  const checks = [checkOverlay(), checkBridgeNetfilter(), checkNamespaces(), checkCgroups(), checkNat()];
  return (await Promise.all(checks)).flatMap((problem) => problem ?? []);
}

async function checkOverlay(): Promise<Problem | undefined> {
  const known = await readFile('/proc/filesystems', 'utf8');
  if (/\boverlay\b/.test(known) || (await loadModule('overlay'))) return undefined;
  return { what: 'the kernel has no overlay file system', mend: 'modprobe overlay' };
}

async function checkBridgeNetfilter(): Promise<Problem | undefined> {
  const file = '/proc/sys/net/bridge/bridge-nf-call-iptables';
  if (existsSync(file) || ((await loadModule('br_netfilter')) && existsSync(file))) return undefined;
  return { what: 'the kernel does not filter bridged traffic', mend: 'modprobe br_netfilter' };
}

async function loadModule(name: string): Promise<boolean> {
  return (await tryRun('modprobe', [name]).catch(() => ({ code: 1 }))).code === 0;
}

async function checkNamespaces(): Promise<Problem | undefined> {
  const flags = ['--mount', '--uts', '--ipc', '--pid', '--net', '--fork'];
  const { code, stderr } = await tryRun('unshare', [...flags, 'true']).catch(notInstalled);
  if (code === 0) return undefined;
  return {
    what: `namespaces cannot be made (${stderr.trim()})`,
    mend: 'run as root outside of an unprivileged container',
  };
}

async function checkCgroups(): Promise<Problem | undefined> {
  const v2 = await readFile('/sys/fs/cgroup/cgroup.controllers', 'utf8').catch(() => undefined);
  const missing =
    v2 === undefined
      ? V1_CONTROLLERS.filter((name) => !existsSync(`/sys/fs/cgroup/${name}/cgroup.procs`))
      : ['cpu', 'memory', 'pids'].filter((name) => !v2.split(/\s+/).includes(name));
  if (missing.length === 0) return undefined;
  return {
    what: `cgroup controllers are missing: ${missing.join(', ')}`,
    mend: 'mount cgroups at /sys/fs/cgroup with these controllers (kernel command line: cgroup_enable=memory)',
  };
}

async function checkNat(): Promise<Problem | undefined> {
  const { code, stderr } = await tryRun('iptables', ['-w', '-t', 'nat', '-S']).catch(notInstalled);
  if (code === 0) return undefined;
  return {
    what: `iptables cannot translate addresses (${stderr.trim()})`,
    mend: 'modprobe nf_tables nft_compat',
  };
}

/** That a command is missing is another check's to tell. */
function notInstalled(): { code: number; stderr: string } {
  return { code: 0, stderr: '' };
}

/** Only for a first start: what runs already has its memory and disk. */
export async function checkResources(dataDir: string): Promise<Problem[]> {
  const problems: Problem[] = [];
  const [, kib = '0'] = /^MemAvailable:\s+(\d+)/m.exec(await readFile('/proc/meminfo', 'utf8')) ?? [];
  const memory = Number(kib) * 1024;
  if (memory < MEMORY_BYTES) {
    problems.push({
      what: `${gib(memory)} of memory are free, ${gib(MEMORY_BYTES)} are needed`,
      mend: 'free memory',
    });
  }
  const { bavail, bsize } = await statfs(existingParent(dataDir));
  if (bavail * bsize < DISK_BYTES) {
    problems.push({
      what: `${gib(bavail * bsize)} of disk are free at ${dataDir}, ${gib(DISK_BYTES)} are needed`,
      mend: 'free space, or choose another place with --data-dir',
    });
  }
  return problems;
}

export async function checkPort(port: number): Promise<Problem[]> {
  if (await isFree(port)) return [];
  return [{ what: `port ${port} of 127.0.0.1 is in use`, mend: 'choose another one with --port' }];
}

function existingParent(path: string): string {
  return existsSync(path) ? path : existingParent(dirname(path));
}

function gib(bytes: number): string {
  return `${(bytes / GIB).toFixed(1)} GiB`;
}
