import { readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../../src/core/process.js';

/** Places a Kubernetes on the machine itself would write to; the caches of package managers are not among them. */
const DIRECTORIES = ['/etc', '/opt', '/run', '/usr/libexec', '/usr/lib/cni', '/var/lib', '/var/log'];
const SYSCTLS = ['net/ipv4/ip_forward', 'vm/overcommit_memory', 'kernel/panic', 'kernel/panic_on_oops'];

/** What is on a machine, as lines by kind, to be compared with a later look. */
export type MachineSnapshot = Record<string, string[]>;

/** Looks at everything but what `ignore` names, such as another installation's bridge. */
export async function machineSnapshot(ignore: RegExp): Promise<MachineSnapshot> {
  const found: MachineSnapshot = {
    mounts: (await readFile('/proc/mounts', 'utf8')).split('\n'),
    links: await lines('ip', '-br', 'link'),
    routes: await lines('ip', 'route'),
    namespaces: await lines('ip', 'netns', 'list'),
    rules: [...(await firewall('iptables-save')), ...(await firewall('ip6tables-save'))],
    // Those of other software come and go.
    cgroups: (await lines('find', '/sys/fs/cgroup', '-type', 'd')).filter((path) => /berth|kube/.test(path)),
    files: await lines('sh', '-c', `find ${DIRECTORIES.join(' ')} -xdev 2>/dev/null || true`),
    sysctls: await Promise.all(
      SYSCTLS.map(async (name) => `${name} ${await readFile(`/proc/sys/${name}`, 'utf8')}`),
    ),
  };
  const kept = Object.entries(found).map(([kind, all]) => [
    kind,
    all.filter((line) => !ignore.test(line)).sort(),
  ]);
  return Object.fromEntries(kept) as MachineSnapshot;
}

/** Ids of the processes that live in the mount namespace of `init`, or whose command line names `text`. */
export async function processesOf(init: number, text: string): Promise<number[]> {
  const namespace = await mountNamespace(init);
  const pids = (await readdir('/proc')).map(Number).filter((pid) => pid > 0 && pid !== process.pid);
  const ours = await Promise.all(
    pids.map(async (pid) => {
      const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
      return command.includes(text) || (namespace !== undefined && (await mountNamespace(pid)) === namespace);
    }),
  );
  return pids.filter((_pid, at) => ours[at]);
}

function mountNamespace(pid: number): Promise<string | undefined> {
  return readlink(join('/proc', String(pid), 'ns', 'mnt')).catch(() => undefined);
}

/** Rules, chains of somebody's own, and policies that refuse; a table that was looked at is there, empty, ever after. */
async function firewall(command: string): Promise<string[]> {
  const saved = await lines(command);
  const told = saved.filter((line) => /^[-:]/.test(line) && !/^:\S+ ACCEPT /.test(line));
  return told.map((line) => `${command}: ${line.replace(/ \[\d+:\d+\]$/, '')}`);
}

async function lines(command: string, ...args: string[]): Promise<string[]> {
  return (await run(command, args)).split('\n').map((line) => line.trimEnd());
}
