/** The part of the cgroup tree that belongs to one sandbox host. */
import { mkdir, readFile, readdir, rmdir, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const CGROUP_MOUNT = '/sys/fs/cgroup';
const REMOVE_ATTEMPTS = 50;
const REMOVE_PAUSE_MS = 100;
/** An installation is many programs; the kernel would weigh it like any one process on a machine without systemd. */
const INSTALLATION_WEIGHT = 2;
/** Of version 1, those in which the kubelet looks for its own cgroup, and wants it to be the same. */
const SERVICE_HIERARCHIES = ['cpu', 'memory'];

export type CgroupVersion = 1 | 2;

export function cgroupVersion(): CgroupVersion {
  return existsSync(join(CGROUP_MOUNT, 'cgroup.controllers')) ? 2 : 1;
}

/**
 * Makes the cgroup of a host, `path` (`/berth0/meta`), in every hierarchy; the kubelet wants its root to be there.
 * Beside the pods it holds `services`, for what the host itself runs, as system.slice on a machine with systemd.
 * @param cpuWeight how much CPU it gets when all want some, beside the other hosts of the installation.
 */
export async function ensureHostCgroup(path: string, cpuWeight: number): Promise<void> {
  for (const hierarchy of await hierarchies()) {
    await mkdir(join(hierarchy, path), { recursive: true });
    if (cgroupVersion() === 2) await delegateControllers(hierarchy, path);
    else if (hierarchy.endsWith('/cpuset')) await inheritCpuset(hierarchy, path);
  }
  await setCpuWeight(dirname(path), INSTALLATION_WEIGHT);
  await setCpuWeight(path, cpuWeight);
  for (const cgroup of servicesCgroups(path)) await mkdir(cgroup, { recursive: true });
}

/** Directories of the cgroup of a host's services: a process joins by writing 0 into their files `cgroup.procs`. */
export function servicesCgroups(path: string): string[] {
  const places = cgroupVersion() === 2 ? [''] : SERVICE_HIERARCHIES;
  return places.map((place) => join(CGROUP_MOUNT, place, path, 'services'));
}

/** Version 1 takes shares of 1024, version 2 weights of 100. */
async function setCpuWeight(path: string, weight: number): Promise<void> {
  if (cgroupVersion() === 2) await writeFile(join(CGROUP_MOUNT, path, 'cpu.weight'), String(weight * 100));
  else await writeFile(join(CGROUP_MOUNT, 'cpu', path, 'cpu.shares'), String(weight * 1024));
}

/** Removes `path` and all below it. Its processes must have ended; the kernel lets go a little later. */
export async function removeCgroup(path: string): Promise<void> {
  for (const hierarchy of await hierarchies()) {
    for (let attempt = 1; existsSync(join(hierarchy, path)); attempt += 1) {
      try {
        await removeTree(join(hierarchy, path));
      } catch (error) {
        if (attempt === REMOVE_ATTEMPTS) throw error;
        await sleep(REMOVE_PAUSE_MS);
      }
    }
    // The installation's own level goes with its last host.
    await rmdir(join(hierarchy, dirname(path))).catch(() => undefined);
  }
}

async function hierarchies(): Promise<string[]> {
  if (cgroupVersion() === 2) return [CGROUP_MOUNT];
  const entries = await readdir(CGROUP_MOUNT, { withFileTypes: true });
  // Symbolic links name a hierarchy that is mounted under its full name too.
  return entries.filter((entry) => entry.isDirectory()).map((entry) => join(CGROUP_MOUNT, entry.name));
}

/** A cgroup can use the controllers every one of its ancestors hands down. */
async function delegateControllers(hierarchy: string, path: string): Promise<void> {
  const available = (await readFile(join(hierarchy, 'cgroup.controllers'), 'utf8')).trim().split(/\s+/);
  const enable = available.map((controller) => `+${controller}`).join(' ');
  const names = path.split('/').filter(Boolean);
  for (let depth = 0; depth <= names.length; depth += 1) {
    await writeFile(join(hierarchy, ...names.slice(0, depth), 'cgroup.subtree_control'), enable);
  }
}

/** A version 1 cpuset starts empty and takes no process until it is filled. */
async function inheritCpuset(hierarchy: string, path: string): Promise<void> {
  const names = path.split('/').filter(Boolean);
  for (let depth = 1; depth <= names.length; depth += 1) {
    const parent = join(hierarchy, ...names.slice(0, depth - 1));
    for (const file of ['cpuset.cpus', 'cpuset.mems']) {
      await writeFile(join(hierarchy, ...names.slice(0, depth), file), await readFile(join(parent, file)));
    }
  }
}

async function removeTree(directory: string): Promise<void> {
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    if (entry.isDirectory()) await removeTree(join(directory, entry.name));
  }
  await rmdir(directory);
}
