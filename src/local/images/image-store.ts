/** The images of one sandbox host's containerd, filled without a registry. */
import { join } from 'node:path';
import type { BinaryProvider, Wanted } from '../binaries/provider.js';
import { CONTAINERD_SOCKET } from '../node/container-runtime.js';
import type { SandboxHost } from '../sandbox/sandbox-host.js';
import { withScratch } from '../scratch.js';
import { writeImageArchive } from './archive.js';
import type { ImageSpec } from './catalog.js';
import { layOut } from './root-filesystem.js';

const CTR = ['--address', CONTAINERD_SOCKET, '--namespace', 'k8s.io', 'images'];

/** Images imported side by side. */
const AT_ONCE = 2;

export class ImageStore {
  constructor(
    private readonly host: SandboxHost,
    private readonly binaries: BinaryProvider,
  ) {}

  /** Imports those of `images` that are not there, getting their binaries as needed. Returns how many. */
  async ensure(images: readonly ImageSpec[], onImport: (reference: string) => void): Promise<number> {
    const missing = await this.missing(images);
    // One line of work after the other, each taking the next image: half of an import is waiting for the disk.
    const next = missing.values();
    const line = async (): Promise<void> => {
      for (const image of next) {
        onImport(image.reference);
        await this.import(image);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, line));
    return missing.length;
  }

  private async missing(images: readonly ImageSpec[]): Promise<ImageSpec[]> {
    const listed = await this.host.run('ctr', [...CTR, 'list', '--quiet']);
    const there = new Set(listed.split('\n'));
    return images.filter(({ reference }) => !there.has(reference));
  }

  private async import(image: ImageSpec): Promise<void> {
    const paths = await this.paths(image.commands);
    // On the data directory's file system, and visible inside of the host.
    await withScratch(join(this.host.directory, 'scratch'), async (scratch) => {
      const root = join(scratch, 'root');
      await layOut(root, image, paths);
      const archive = await writeImageArchive({ ...image, root }, scratch);
      await this.host.run('ctr', [...CTR, 'import', archive]);
    });
  }

  private async paths(commands: readonly Wanted[]): Promise<Map<string, string>> {
    const binaries = await this.binaries.resolve(commands);
    return new Map(binaries.map(({ command, path }) => [command, path]));
  }
}
