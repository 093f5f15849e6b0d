/**
 * What installations change on the machine as a whole: kernel settings that kubelets change or pods need, and the
 * directory of named network namespaces. What was there before is kept in /run, which forgets at a restart just as
 * the kernel does, and is put back when the last installation stops.
 */
import { existsSync } from 'node:fs';
import { mkdir, readFile, readdir, rm, rmdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { tryRun } from '../../core/process.js';
import { acquireLock } from '../lock.js';
import { anyBridge } from '../network/bridge.js';

const SAVED = '/run/berth/machine.json';
const NETNS_DIR = '/run/netns';
const FORWARDING = 'net/ipv4/ip_forward';
const SETTINGS = [
  FORWARDING,
  'vm/overcommit_memory',
  'vm/panic_on_oom',
  'kernel/panic',
  'kernel/panic_on_oops',
  'kernel/keys/root_maxkeys',
  'kernel/keys/root_maxbytes',
];

interface MachineState {
  sysctls: Record<string, string>;
  hadNetnsDir: boolean;
}

/** Remembers the machine as it is, switches forwarding on, and makes the installation's bridge with `makeBridge`. */
export async function prepareMachine(makeBridge: () => Promise<void>): Promise<void> {
  await using _lock = await acquireLock('machine', 'preparing the machine');
  const sysctls: Record<string, string> = {};
  for (const name of SETTINGS) sysctls[name] = (await readFile(path(name), 'utf8').catch(() => '')).trim();
  await remember({ sysctls, hadNetnsDir: existsSync(NETNS_DIR) });
  if (sysctls[FORWARDING] !== '1') await writeFile(path(FORWARDING), '1');
  await makeBridge();
}

/** Removes the bridge with `removeBridge`, and after the last one puts back what was remembered. */
export async function restoreMachine(removeBridge: () => Promise<void>): Promise<void> {
  await using _lock = await acquireLock('machine', 'restoring the machine');
  await removeBridge();
  const saved = await readFile(SAVED, 'utf8').catch(() => undefined);
  if (saved === undefined || (await anyBridge())) return;
  const { sysctls, hadNetnsDir } = JSON.parse(saved) as MachineState;
  for (const [name, value] of Object.entries(sysctls)) {
    if (value !== '') await writeFile(path(name), value);
  }
  if (!hadNetnsDir) await removeNetnsDir();
  await rm(SAVED, { force: true });
  await rmdir(dirname(SAVED)).catch(() => undefined);
}

/** An older record stays: only that one is from before our first change. */
async function remember(state: MachineState): Promise<void> {
  await mkdir(dirname(SAVED), { recursive: true });
  await writeFile(SAVED, JSON.stringify(state), { flag: 'wx' }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
}

/** `ip netns add` makes it and mounts it on itself; somebody else's namespaces keep it. */
async function removeNetnsDir(): Promise<void> {
  if (!existsSync(NETNS_DIR) || (await readdir(NETNS_DIR)).length > 0) return;
  await tryRun('umount', [NETNS_DIR]);
  await rmdir(NETNS_DIR).catch(() => undefined);
}

function path(name: string): string {
  return join('/proc/sys', name);
}
