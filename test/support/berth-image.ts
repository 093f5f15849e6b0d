import { mkdir, readFile, symlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { run } from '../../src/core/process.js';
import { writeImageArchive } from '../../src/local/images/archive.js';
import { layOut } from '../../src/local/images/root-filesystem.js';

const ROOT = join(import.meta.dirname, '..', '..');
const NODE = join(ROOT, 'node_modules', 'node', 'bin', 'node');

/**
 * The image that the Dockerfile describes, made without a registry: what its last stage copies, taken from this
 * checkout, on the libraries of this machine. Answers the path of an archive in `scratch`.
 */
export async function berthImage(reference: string, scratch: string): Promise<string> {
  const { workingDir, copies, entrypoint } = lastStage(await readFile(join(ROOT, 'Dockerfile'), 'utf8'));
  const root = join(scratch, 'root');
  const hostCommands = [{ name: NODE, path: entrypoint[0] }];
  await layOut(root, { reference, commands: [], entrypoint, hostCommands }, new Map());
  for (const [from, to] of copies) {
    const target = join(root, workingDir, to);
    if (from === 'node_modules') await linkPackages(target);
    else await link(join(ROOT, from), target);
  }
  return writeImageArchive({ reference, entrypoint, root, workingDir }, scratch);
}

interface Stage {
  workingDir: string;
  /** From and to, relative to the working directory. */
  copies: [string, string][];
  entrypoint: string[];
}

function lastStage(dockerfile: string): Stage {
  const lines = dockerfile.slice(dockerfile.lastIndexOf('\nFROM ')).split('\n');
  const words = (instruction: string) =>
    lines.flatMap((line) => (line.startsWith(`${instruction} `) ? [line.slice(instruction.length + 1)] : []));
  const copies = words('COPY').map((line): [string, string] => {
    const [from = '', to = ''] = line.replace(/^--from=\S+ \/app\//, '').split(' ');
    return [from, to.endsWith('/') ? join(to, basename(from)) : to];
  });
  const [workingDir = '/'] = words('WORKDIR');
  return { workingDir, copies, entrypoint: JSON.parse(words('ENTRYPOINT')[0] ?? '[]') as string[] };
}

/** What `npm prune --omit=dev` leaves. Node itself is there already, with the libraries it loads. */
async function linkPackages(target: string): Promise<void> {
  const listed = await run('npm', ['ls', '--omit=dev', '--all', '--parseable'], { cwd: ROOT });
  const top = join(ROOT, 'node_modules');
  const names = listed
    .split('\n')
    .filter((path) => path.startsWith(`${top}/`))
    .map((path) => path.slice(top.length + 1))
    .filter((name) => name !== 'node' && !name.includes('node_modules'));
  for (const name of names) await link(join(top, name), join(target, name));
}

async function link(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true });
  await symlink(from, to);
}
