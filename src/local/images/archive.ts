/** Writes a directory as an image of one layer, in the archive format of `docker save`. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { arch } from 'node:process';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { run } from '../../core/process.js';

const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
/** The same content gives the same bytes, so an image keeps its digest over rebuilds. */
const REPRODUCIBLE = ['--sort=name', '--mtime=@0', '--owner=0', '--group=0', '--numeric-owner'];

export interface ImageArchive {
  reference: string;
  entrypoint: readonly string[];
  /** Directory that becomes the layer; links in it stand for what they lead to. */
  root: string;
  /** / unless told. */
  workingDir?: string;
}

/** Makes the archive in `scratch` and returns its path. */
export async function writeImageArchive(image: ImageArchive, scratch: string): Promise<string> {
  const layer = await writeLayer(image.root, scratch);
  const config = imageConfig(image, `sha256:${await sha256(layer)}`);
  const manifest = [{ Config: 'config.json', RepoTags: [image.reference], Layers: ['layer.tar'] }];
  await writeFile(join(scratch, 'config.json'), JSON.stringify(config));
  await writeFile(join(scratch, 'manifest.json'), JSON.stringify(manifest));
  const archive = join(scratch, 'image.tar');
  await run('tar', ['-C', scratch, '-cf', archive, 'manifest.json', 'config.json', 'layer.tar']);
  return archive;
}

/** Packs a directory; links in it stand for what they lead to. Returns the path of the layer. */
export async function writeLayer(root: string, scratch: string): Promise<string> {
  const layer = join(scratch, 'layer.tar');
  await run('tar', [...REPRODUCIBLE, '--dereference', '-C', root, '-cf', layer, '.']);
  return layer;
}

/** An image's configuration (OCI image-spec, config.md); `layer` is the digest of its one layer. */
export function imageConfig(
  { entrypoint, workingDir = '/' }: Pick<ImageArchive, 'entrypoint' | 'workingDir'>,
  layer: string,
): object {
  return {
    architecture: arch === 'arm64' ? 'arm64' : 'amd64',
    os: 'linux',
    config: { Env: [`PATH=${PATH}`], Entrypoint: entrypoint, WorkingDir: workingDir },
    rootfs: { type: 'layers', diff_ids: [layer] },
  };
}

export async function sha256(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}
