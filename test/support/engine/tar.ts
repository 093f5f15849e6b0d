/** Archives as `helm package` makes them, and such as nobody should make. */
import { gunzipSync, gzipSync } from 'node:zlib';
import type { LoadOptions } from '../../../src/engine/chart/load.js';

const BLOCK = 512;

export interface TarEntry {
  name: string;
  content: string | Uint8Array;
  /** `0` a file, `2` a link … */
  type?: string;
  /** What the header says, when it lies. */
  size?: number;
}

function header({ name, type = '0' }: TarEntry, size: number): Buffer {
  const block = Buffer.alloc(BLOCK);
  block.write(name, 0, 100, 'utf8');
  block.write('0000644\0', 100);
  block.write(`${size.toString(8).padStart(11, '0')}\0`, 124);
  block.write(' '.repeat(8), 148);
  block.write(type, 156);
  block.write('ustar\0', 257);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}

export function tar(entries: readonly TarEntry[]): Uint8Array {
  const blocks = entries.flatMap((entry) => {
    const content = Buffer.from(entry.content);
    const padding = Buffer.alloc((BLOCK - (content.length % BLOCK)) % BLOCK);
    return [header(entry, entry.size ?? content.length), content, padding];
  });
  return Buffer.concat([...blocks, Buffer.alloc(2 * BLOCK)]);
}

export const tgz = (entries: readonly TarEntry[]): Uint8Array => new Uint8Array(gzipSync(tar(entries)));

export const gunzipOptions: LoadOptions = {
  gunzip: (data, limit) => new Uint8Array(gunzipSync(data, { maxOutputLength: limit })),
};

/** Files by name as the entries of a chart's archive. */
export const chartEntries = (chart: string, files: Record<string, string>): TarEntry[] =>
  Object.entries(files).map(([name, content]) => ({ name: `${chart}/${name}`, content }));
