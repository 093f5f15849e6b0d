import { fromBytes } from '../bytes.js';
import { TemplateError } from '../errors.js';
import { cleanPath } from '../functions/paths.js';
import { ChartFile } from './chart.js';
import type { LoadOptions } from './load.js';

/** Helm's bounds. */
const MAX_CHART_SIZE = 100 * 1024 * 1024;
const MAX_FILE_SIZE = 5 * 1024 * 1024;

const BLOCK = 512;
const REGULAR = new Set(['0', '\0', '7']);

const invalid = (message: string): TemplateError => new TemplateError('ChartInvalid', message);

/** The files of a .tgz without their first folder. Throws TemplateError ChartInvalid. */
export function readArchive(data: Uint8Array, options: LoadOptions): ChartFile[] {
  let tar: Uint8Array;
  try {
    // Headers and padding come on top of the content.
    tar = options.gunzip(data, MAX_CHART_SIZE * 2);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new TemplateError('ChartInvalid', `the chart archive cannot be unpacked: ${message}`, {
      cause: error,
    });
  }
  const files = [...readEntries(tar)].map(
    ({ name, content }) => new ChartFile(pathInChart(name), withoutMark(content)),
  );
  if (files.length === 0) throw invalid('no files in chart archive');
  return files;
}

interface Entry {
  name: string;
  content: Uint8Array;
}

/** Bytes that follow a header. Throws when it is not one. */
function contentSize(header: Uint8Array): number {
  const size = octal(header, 124, 12);
  const valid = octal(header, 148, 8) === checksum(header) && Number.isSafeInteger(size);
  if (!valid) throw invalid('archive/tar: invalid tar header');
  return size;
}

function* readEntries(tar: Uint8Array): Generator<Entry> {
  let longName: string | undefined;
  let total = 0;
  for (let at = 0; at + BLOCK <= tar.length;) {
    const header = tar.subarray(at, at + BLOCK);
    if (header.every((byte) => byte === 0)) return;
    const size = contentSize(header);
    const content = tar.subarray(at + BLOCK, at + BLOCK + size);
    if (content.length < size) throw invalid('unexpected EOF');
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK;
    const type = String.fromCharCode(header[156] ?? 0);
    if (type === 'L') longName = text(content);
    else if (type === 'x') longName = paxPath(content) ?? longName;
    else if (REGULAR.has(type)) {
      total += size;
      const name = longName ?? headerName(header);
      longName = undefined;
      checkSize(name, size, total);
      yield { name, content };
    } else if (type !== 'g') longName = undefined;
  }
}

function checkSize(name: string, size: number, total: number): void {
  if (total > MAX_CHART_SIZE) {
    throw invalid(`decompressed chart is larger than the maximum file size ${MAX_CHART_SIZE}`);
  }
  if (size > MAX_FILE_SIZE) {
    throw invalid(`decompressed chart file "${name}" is larger than the maximum file size ${MAX_FILE_SIZE}`);
  }
}

/** A text that ends at the first NUL. */
function text(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return fromBytes(end < 0 ? bytes : bytes.subarray(0, end));
}

function octal(header: Uint8Array, from: number, length: number): number {
  const field = header.subarray(from, from + length);
  if ((field[0] ?? 0) >= 0x80) return field.subarray(1).reduce((sum, byte) => sum * 256 + byte, 0);
  return Number.parseInt(text(field).trim() || '0', 8);
}

/** The sum of a header's bytes, where the sum itself counts as blanks. */
function checksum(header: Uint8Array): number {
  return header.reduce((sum, byte, i) => sum + (i >= 148 && i < 156 ? 32 : byte), 0);
}

function headerName(header: Uint8Array): string {
  const isUstar = text(header.subarray(257, 262)) === 'ustar';
  const prefix = isUstar ? text(header.subarray(345, 500)) : '';
  const name = text(header.subarray(0, 100));
  return prefix === '' ? name : `${prefix}/${name}`;
}

/** The `path` record of an extended header. */
function paxPath(content: Uint8Array): string | undefined {
  return /(?:^|\n)\d+ path=([^\n]*)\n/.exec(fromBytes(content))?.[1];
}

/** The path inside the chart of an archive's entry; paths that lead out are refused. */
function pathInChart(name: string): string {
  const delimiter = name.includes('\\') ? '\\' : '/';
  const [first = '', ...rest] = name.split(delimiter);
  const path = rest.join('/');
  if (path.startsWith('/')) throw invalid('chart illegally contains absolute paths');
  const clean = cleanPath(path);
  if (clean === '.') {
    if (first === 'Chart.yaml') throw invalid('chart yaml not in base directory');
    throw invalid(`chart illegally contains content outside the base directory: "${name}"`);
  }
  if (clean.startsWith('..')) throw invalid('chart illegally references parent directory');
  if (/^[a-zA-Z]:\//.test(clean)) throw invalid('chart contains illegally named files');
  return clean;
}

/** Without a byte order mark. */
function withoutMark(bytes: Uint8Array): Uint8Array {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? bytes.subarray(3) : bytes;
}
