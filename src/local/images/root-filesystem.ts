/** Lays out what an image's one layer holds. */
import { existsSync } from 'node:fs';
import { copyFile, cp, link, mkdir, readdir, realpath, symlink, writeFile, chmod } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { run, tryRun } from '../../core/process.js';
import type { HostCommand, ImageSpec } from './catalog.js';

const BIN = 'usr/local/bin';
const CA_BUNDLES = ['/etc/ssl/certs/ca-certificates.crt', '/etc/pki/tls/certs/ca-bundle.crt'];
const LIBRARY_DIRS = ['/usr/lib/x86_64-linux-gnu', '/usr/lib/aarch64-linux-gnu', '/usr/lib64', '/usr/lib'];
const PASSWD =
  'root:x:0:0:root:/root:/sbin/nologin\nnonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin\n';
const GROUP = 'root:x:0:\nnonroot:x:65532:\n';

/** Fills `root`; `paths` gives the file of every command of the image. */
export async function layOut(
  root: string,
  image: ImageSpec,
  paths: ReadonlyMap<string, string>,
): Promise<void> {
  await writeBase(root);
  for (const { command } of image.commands) {
    await placeFile(paths.get(command) ?? command, join(root, BIN, command));
  }
  for (const command of image.hostCommands ?? []) await placeHostCommand(root, command);
}

async function writeBase(root: string): Promise<void> {
  for (const directory of [BIN, 'etc/ssl/certs', 'tmp', 'home/nonroot']) {
    await mkdir(join(root, directory), { recursive: true });
  }
  await chmod(join(root, 'tmp'), 0o1777);
  await writeFile(join(root, 'etc/passwd'), PASSWD);
  await writeFile(join(root, 'etc/group'), GROUP);
  const bundle = CA_BUNDLES.find((path) => existsSync(path));
  if (bundle) await copyFile(bundle, join(root, 'etc/ssl/certs/ca-certificates.crt'));
}

/** A hard link where it can be: these files are large. */
async function placeFile(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true });
  const source = await realpath(from);
  await link(source, to).catch(() => copyFile(source, to));
}

/** Copies a command of this machine with the libraries it loads, and for iptables its other names. */
async function placeHostCommand(root: string, { name, path }: HostCommand): Promise<void> {
  const found = (await run('sh', ['-c', 'command -v "$1"', 'sh', name])).trim();
  const program = await realpath(found);
  await placeFile(program, join(root, path ?? program));
  for (const library of await sharedLibraries(program)) await placeFile(library, join(root, library));
  if (name === 'iptables') await placeIptables(root, program);
}

/** iptables is one program that asks by which name it was called and loads its matches from a directory. */
async function placeIptables(root: string, program: string): Promise<void> {
  const names = ['iptables', 'ip6tables'].flatMap((name) => [name, `${name}-save`, `${name}-restore`]);
  await mkdir(join(root, 'usr/sbin'), { recursive: true });
  for (const name of names) await symlink(program, join(root, 'usr/sbin', name));
  for (const parent of LIBRARY_DIRS) {
    const directory = join(parent, 'xtables');
    if (!existsSync(directory)) continue;
    await cp(directory, join(root, directory), { recursive: true, dereference: true });
    for (const file of await readdir(directory)) await placeLibrariesOf(root, join(directory, file));
  }
}

async function placeLibrariesOf(root: string, file: string): Promise<void> {
  if (!basename(file).endsWith('.so')) return;
  for (const library of await sharedLibraries(file)) {
    if (!existsSync(join(root, library))) await placeFile(library, join(root, library));
  }
}

/** Absolute paths of what the dynamic loader would map, the loader included; none for a static program. */
async function sharedLibraries(program: string): Promise<string[]> {
  const { code, stdout } = await tryRun('ldd', [program]);
  if (code !== 0) return [];
  return [...stdout.matchAll(/(?:=> )?(\/\S+) \(0x/g)].flatMap(([, path]) => path ?? []);
}
