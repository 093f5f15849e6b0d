/**
 * Kernel settings of the whole machine that a kubelet changes, and the one that pods need. What they were is
 * kept in /run, which forgets at a restart just as the kernel does, and put back when the last host stops.
 */
import { mkdir, readFile, rm, rmdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

const SAVED = '/run/berth/sysctls.json';
const SETTINGS = [
  'net/ipv4/ip_forward',
  'vm/overcommit_memory',
  'vm/panic_on_oom',
  'kernel/panic',
  'kernel/panic_on_oops',
  'kernel/keys/root_maxkeys',
  'kernel/keys/root_maxbytes',
];
const FORWARDING = 'net/ipv4/ip_forward';

/** Remembers the settings as they are, unless they are remembered already, and switches forwarding on. */
export async function prepareSysctls(): Promise<void> {
  const values: Record<string, string> = {};
  for (const name of SETTINGS) values[name] = (await readFile(path(name), 'utf8').catch(() => '')).trim();
  await mkdir(dirname(SAVED), { recursive: true });
  // 'wx' leaves an older record alone: only that one is from before our first change.
  await writeFile(SAVED, JSON.stringify(values), { flag: 'wx' }).catch(unlessExists);
  if (values[FORWARDING] !== '1') await writeFile(path(FORWARDING), '1');
}

/** Puts back what was remembered; the caller knows that no host runs any more. */
export async function restoreSysctls(): Promise<void> {
  const saved = await readFile(SAVED, 'utf8').catch(() => undefined);
  if (saved === undefined) return;
  for (const [name, value] of Object.entries(JSON.parse(saved) as Record<string, string>)) {
    if (value !== '') await writeFile(path(name), value);
  }
  await rm(SAVED, { force: true });
  await rmdir(dirname(SAVED)).catch(() => undefined);
}

function path(name: string): string {
  return join('/proc/sys', name);
}

function unlessExists(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST') throw error;
}
