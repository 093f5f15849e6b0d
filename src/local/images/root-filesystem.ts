/** Lays out what an image's one layer holds. */
import { existsSync } from 'node:fs';
import { copyFile, mkdir, readdir, realpath, symlink, writeFile, chmod } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { run, tryRun } from '../../core/process.js';
import type { HostCommand, ImageSpec } from './catalog.js';

const BIN = 'usr/local/bin';
const CA_BUNDLES = ['/etc/ssl/certs/ca-certificates.crt', '/etc/pki/tls/certs/ca-bundle.crt'];
const LIBRARY_DIRS = ['/usr/lib/x86_64-linux-gnu', '/usr/lib/aarch64-linux-gnu', '/usr/lib64', '/usr/lib'];
const PASSWD =
  'root:x:0:0:root:/root:/sbin/nologin\nnonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin\n';
const GROUP = 'root:x:0:\nnonroot:x:65532:\n';

/** Fills `root` with links to files of the machine; `paths` gives the file of every command of the image. */
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

/**
 * A link to the file, which the archive follows: copies of such large files would take long, and hard links would
 * let a slip here change the machine's own programs.
 */
async function placeFile(from: string, to: string): Promise<void> {
  if (existsSync(to)) return;
  await mkdir(dirname(to), { recursive: true });
  await symlink(await realpath(from), to);
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
  for (const name of names) await placeFile(program, join(root, 'usr/sbin', name));
  for (const parent of LIBRARY_DIRS) {
    const directory = join(parent, 'xtables');
    if (!existsSync(directory)) continue;
    for (const name of await readdir(directory)) {
      const file = join(directory, name);
      await placeFile(file, join(root, file));
      for (const library of await sharedLibraries(file)) await placeFile(library, join(root, library));
    }
  }
}

/** Absolute paths of what the dynamic loader would map, the loader included; none for a static program. */
async function sharedLibraries(program: string): Promise<string[]> {
  const { code, stdout } = await tryRun('ldd', [program]);
  if (code !== 0) return [];
  return [...stdout.matchAll(/(?:=> )?(\/\S+) \(0x/g)].flatMap(([, path]) => path ?? []);
}
