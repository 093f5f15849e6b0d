/** Images as a registry keeps them: manifests by name, and blobs by digest, made when they are first asked for. */
import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BinaryProvider } from '../binaries/provider.js';
import { withScratch } from '../scratch.js';
import { sha256, writeLayer, imageConfig } from './archive.js';
import type { ImageSpec } from './catalog.js';
import { layOut } from './root-filesystem.js';

export const MANIFEST_TYPE = 'application/vnd.oci.image.manifest.v1+json';
const CONFIG_TYPE = 'application/vnd.oci.image.config.v1+json';
const LAYER_TYPE = 'application/vnd.oci.image.layer.v1.tar';

/** Names a blob. */
export interface Descriptor {
  digest: string;
  size: number;
}

export interface ImageBlobsOptions {
  directory: string;
  binaries: BinaryProvider;
  /** What can be made, by reference. */
  find: (reference: string) => ImageSpec | undefined;
  onMake: (reference: string) => void;
}

export class ImageBlobs {
  /** Being made now: whoever asks for the same waits for the same. */
  readonly #making = new Map<string, Promise<Descriptor>>();

  constructor(private readonly options: ImageBlobsOptions) {}

  /** The manifest of an image of the catalogue; undefined for any other. */
  async manifest(reference: string): Promise<Descriptor | undefined> {
    const image = this.options.find(reference);
    if (!image) return undefined;
    const kept = await readFile(this.tag(reference), 'utf8').catch(() => undefined);
    if (kept !== undefined) return JSON.parse(kept) as Descriptor;
    const making = this.#making.get(reference) ?? this.make(image);
    this.#making.set(reference, making);
    try {
      return await making;
    } finally {
      this.#making.delete(reference);
    }
  }

  /** Where a blob lies; undefined when there is none of this digest (`sha256:…`). */
  async blob(digest: string): Promise<{ path: string; size: number } | undefined> {
    if (!/^sha256:[0-9a-f]{64}$/.test(digest)) return undefined;
    const path = this.path(digest);
    const found = await stat(path).catch(() => undefined);
    return found && { path, size: found.size };
  }

  private async make(image: ImageSpec): Promise<Descriptor> {
    const { directory, binaries, onMake } = this.options;
    onMake(image.reference);
    const found = await binaries.resolve(image.commands);
    const paths = new Map(found.map(({ command, path }) => [command, path]));
    await mkdir(join(directory, 'blobs'), { recursive: true });
    return withScratch(join(directory, 'scratch'), async (scratch) => {
      const root = join(scratch, 'root');
      await layOut(root, image, paths);
      const layer = await this.keepFile(await writeLayer(root, scratch));
      const config = await this.keepText(JSON.stringify(imageConfig(image, layer.digest)));
      const manifest = await this.keepText(JSON.stringify(manifestOf(config, layer)));
      await writeFile(join(scratch, 'tag'), JSON.stringify(manifest));
      await rename(join(scratch, 'tag'), this.tag(image.reference));
      return manifest;
    });
  }

  private async keepFile(file: string): Promise<Descriptor> {
    const digest = `sha256:${await sha256(file)}`;
    const { size } = await stat(file);
    await rename(file, this.path(digest));
    return { digest, size };
  }

  private async keepText(text: string): Promise<Descriptor> {
    const digest = `sha256:${createHash('sha256').update(text).digest('hex')}`;
    await writeFile(this.path(digest), text);
    return { digest, size: Buffer.byteLength(text) };
  }

  private path(digest: string): string {
    return join(this.options.directory, 'blobs', digest.replace(':', '-'));
  }

  private tag(reference: string): string {
    return join(this.options.directory, `${encodeURIComponent(reference)}.json`);
  }
}

function manifestOf(config: Descriptor, layer: Descriptor): object {
  return {
    schemaVersion: 2,
    mediaType: MANIFEST_TYPE,
    config: { mediaType: CONFIG_TYPE, ...config },
    layers: [{ mediaType: LAYER_TYPE, ...layer }],
  };
}
