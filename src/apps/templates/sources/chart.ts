/** Templates from Helm charts: a folder's files or an archive. Pure. */
import { gunzipSync } from 'node:zlib';
import { readArchive, TemplateError, toPlain } from '../../../engine/index.js';
import type { TemplateFile } from '../../../model/template.js';
import { flatten } from '../../configs/imports.js';
import type { KeyInput } from '../../configs/keys.js';
import { refuseProblems } from '../../problems.js';
import { chartOf } from '../chart-of.js';
import type { Notice } from '../decompose/notice.js';

/** What an archive may unpack to. */
const UNPACKED_BYTES = 32 * 1024 * 1024;

/** The files of a .tgz without its first folder; charts packed inside of it are unpacked. Throws `ImportInvalid`. */
export function filesOfArchive(archive: Uint8Array): TemplateFile[] {
  let left = UNPACKED_BYTES;
  const gunzip = (data: Uint8Array, limit: number): Uint8Array => {
    const unpacked = new Uint8Array(
      gunzipSync(data, { maxOutputLength: Math.max(1, Math.min(limit, left)) }),
    );
    left -= unpacked.length;
    return unpacked;
  };
  const unpack = (data: Uint8Array): TemplateFile[] =>
    readArchive(data, { gunzip }).flatMap(({ name, data: bytes }) => {
      const [, subchart] = /^charts\/([^/]+)\.tgz$/.exec(name) ?? [];
      if (subchart === undefined) return [fileOf(name, bytes)];
      const inner = unpack(bytes);
      const folder = `charts/${nameIn(inner) ?? subchart}`;
      return inner.map((file) => ({ ...file, path: `${folder}/${file.path}` }));
    });
  try {
    return unpack(archive);
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    refuseProblems('ImportInvalid', [{ path: 'archive', message: error.message, code: error.code }]);
    return [];
  }
}

/** Text where the bytes are text. */
export function fileOf(path: string, bytes: Uint8Array): TemplateFile {
  const text = Buffer.from(bytes).toString();
  const isText = !text.includes('\0') && Buffer.from(text).equals(bytes);
  return isText ? { path, text } : { path, base64: Buffer.from(bytes).toString('base64') };
}

function nameIn(files: readonly TemplateFile[]): string | undefined {
  const chart = files.find(({ path }) => path === 'Chart.yaml');
  return chart && /^name:\s*["']?([\w.-]+)/m.exec(chart.text ?? '')?.[1];
}

/** The chart's values as typed keys. Names that look like passwords become secret when they have a value. */
export function keysOfChart(files: readonly TemplateFile[]): KeyInput[] {
  const { values } = chartOf({ files: [...files], services: [] });
  const plain = toPlain(values ?? new Map()) as Record<string, unknown>;
  return flatten(plain).map(typed);
}

const SECRET = /(password|passwd|secret|token|api[-_]?key|private[-_]?key)$/i;

function typed(key: KeyInput): KeyInput {
  const last = key.name.split('.').at(-1) ?? '';
  if (typeof key.value !== 'string' || key.value === '') return key;
  if (SECRET.test(last)) return { ...key, type: 'secret' };
  return last === 'image' && /^[\w./:@-]+$/.test(key.value) ? { ...key, type: 'image' } : key;
}

/** Name and version in Chart.yaml. */
export function chartNamed(files: readonly TemplateFile[]): { name: string; version: string } {
  const { name, metadata } = chartOf({ files: [...files], services: [] });
  return { name, version: metadata.version };
}

/** Values that look like secrets stay readable in values.yaml, which is a file of the template: says so. */
export function openSecrets(files: readonly TemplateFile[], keys: readonly KeyInput[]): Notice[] {
  const lines = files.find(({ path }) => path === 'values.yaml')?.text?.split('\n') ?? [];
  return keys
    .filter(({ type }) => type === 'secret')
    .map(({ name, value }) => {
      const last = name.split('.').at(-1) ?? '';
      const line = lines.findIndex((text) => text.includes(`${last}:`) && text.includes(String(value)));
      const message = `${name} looks like a secret and can be read here; the config keeps it sealed, so it can go from this file`;
      return { place: `values.yaml:${line + 1 || 1}`, code: 'SecretInValues', message };
    });
}
