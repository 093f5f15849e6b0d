import { describe, expect, it } from '@jest/globals';
import { gzipSync } from 'node:zlib';
import { chartEntries, gunzipOptions, tar, tgz, type TarEntry } from '../../../test/support/engine/tar.js';
import { TemplateError } from '../errors.js';
import { fromBytes } from '../bytes.js';
import { readArchive } from './archive.js';
import { loadChartArchive } from './load.js';

const MEBIBYTE = 1024 * 1024;
const CHART = 'apiVersion: v2\nname: demo\nversion: 1.0.0\n';

const read = (entries: TarEntry[]): Record<string, string> =>
  Object.fromEntries(
    readArchive(tgz(entries), gunzipOptions).map(({ name, data }) => [name, fromBytes(data)]),
  );

const longNamed = (name: string): TarEntry[] => [
  { name: '././@LongLink', type: 'L', content: `${name}\0` },
  { name: name.slice(0, 99), content: 'long' },
];

describe('archives of charts', () => {
  it('gives files without the first folder', () => {
    expect(
      read(chartEntries('demo', { 'Chart.yaml': CHART, 'templates/a.yaml': 'a: 1\n', empty: '' })),
    ).toEqual({ 'Chart.yaml': CHART, 'templates/a.yaml': 'a: 1\n', empty: '' });
  });

  it('reads long names, as GNU tar and as POSIX write them', () => {
    const name = `demo/${'x'.repeat(150)}`;
    const record = ` path=${name}\n`;
    const pax = { name: 'pax', type: 'x', content: `${record.length + 3}${record}` };
    expect(read(longNamed(name))).toEqual({ ['x'.repeat(150)]: 'long' });
    expect(read([pax, { name: 'demo/short', content: 'pax' }])).toEqual({ ['x'.repeat(150)]: 'pax' });
  });

  it('passes over folders and links', () => {
    const entries = [
      { name: 'demo/templates', type: '5', content: '' },
      { name: 'demo/link', type: '2', content: '' },
      ...chartEntries('demo', { a: 'a' }),
    ];
    expect(read(entries)).toEqual({ a: 'a' });
  });

  it.each([
    ['an absolute path', 'demo//etc/passwd', 'absolute paths'],
    ['a path that leads out', 'demo/../../etc/passwd', 'references parent directory'],
    ['a path that leads out in a while', 'demo/a/../../b', 'references parent directory'],
    ['backslashes', String.raw`demo\..\..\b`, 'references parent directory'],
    ['a drive', 'demo/c:/x', 'illegally named files'],
    ['no folder', 'notes.txt', 'outside the base directory'],
    ['Chart.yaml without a folder', 'Chart.yaml', 'chart yaml not in base directory'],
  ])('refuses %s', (_name, name, message) => {
    const run = (): unknown => read([{ name, content: 'x' }]);
    expect(run).toThrow(TemplateError);
    expect(run).toThrow(message);
  });

  it.each<[string, Uint8Array, string]>([
    ['no gzip', new TextEncoder().encode('hello'), 'cannot be unpacked'],
    ['nothing', tgz([]), 'no files in chart archive'],
    ['no tar', new Uint8Array(gzipSync(Buffer.alloc(2048, 'x'))), 'invalid tar header'],
    [
      'a cut tar',
      new Uint8Array(gzipSync(tar([{ name: 'a/b', content: 'x'.repeat(2000) }]).subarray(0, 1024))),
      'EOF',
    ],
    ['a size that lies', tgz([{ name: 'a/b', content: 'x', size: 9999 }]), 'unexpected EOF'],
    ['a giant file', tgz([{ name: 'a/b', content: new Uint8Array(6 * MEBIBYTE) }]), 'maximum file size'],
    ['a bomb', new Uint8Array(gzipSync(Buffer.alloc(201 * MEBIBYTE))), 'cannot be unpacked'],
  ])('refuses %s', (_name, data, message) => {
    expect(() => readArchive(data, gunzipOptions)).toThrow(message);
  });

  it('unpacks no more than the bound when archives lie in archives', () => {
    const inner = tar(chartEntries('inner', { 'Chart.yaml': CHART }));
    const outer = tar([
      ...chartEntries('demo', { 'Chart.yaml': CHART }),
      ...['a', 'b', 'c', 'd'].map((name) => ({ name: `demo/charts/${name}.tgz`, content: inner })),
    ]);
    const gunzip = (data: Uint8Array, limit: number): Uint8Array => {
      const unpacked = new Uint8Array(data.length === outer.length ? data.length : 100 * MEBIBYTE);
      if (unpacked.length > limit) throw new Error('too long');
      unpacked.set(data);
      return unpacked;
    };
    expect(() => loadChartArchive(outer, { gunzip })).toThrow(
      'error unpacking subchart c.tgz in demo: the chart archive cannot be unpacked: too long',
    );
  });

  it('refuses archives nested without end', () => {
    let data = tgz(chartEntries('demo', { 'Chart.yaml': CHART }));
    for (let i = 0; i < 30; i++) {
      data = tgz([
        ...chartEntries('demo', { 'Chart.yaml': CHART }),
        { name: 'demo/charts/demo.tgz', content: data },
      ]);
    }
    expect(() => loadChartArchive(data, gunzipOptions)).toThrow('subcharts are nested too deeply');
  });
});
