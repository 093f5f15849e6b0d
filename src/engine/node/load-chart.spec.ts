/** Charts from the file system: what is read, what is left out, and what is refused. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { chartEntries, tgz } from '../../../test/support/engine/tar.js';
import { formatManifests, renderChart } from '../chart/render.js';
import { loadChartFrom, readFolder } from './load-chart.js';
import { nodeEnvironment } from './node-environment.js';

const CHART = 'apiVersion: v2\nname: demo\nversion: 1.0.0\n';
const MEBIBYTE = 1024 * 1024;

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'berth-load-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

function write(files: Record<string, string>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
}

const names = (path = folder): string[] => readFolder(path).map(({ name }) => name);

function render(path: string): string {
  const release = { name: 'rel', namespace: 'ns' };
  return formatManifests(renderChart(loadChartFrom(path), { release, environment: nodeEnvironment() }));
}

const DEMO = {
  'Chart.yaml': CHART,
  'values.yaml': 'word: hello\n',
  'templates/a.yaml': 'a: {{ .Values.word }} {{ .Files.Get "files/b.txt" }}\n',
  'files/b.txt': 'there',
  'charts/sub/Chart.yaml': 'apiVersion: v2\nname: sub\nversion: 1.0.0\n',
  'charts/sub/templates/s.yaml': 's: {{ .Chart.Name }}\n',
};

describe('charts from folders', () => {
  it('renders a folder and its archive the same', () => {
    write(DEMO);
    const archive = join(folder, 'demo-1.0.0.tgz');
    const text = render(folder);
    writeFileSync(archive, tgz(chartEntries('demo', DEMO)));
    expect(text).toContain('a: hello there');
    expect(text).toContain('s: sub');
    expect(render(archive)).toBe(text);
  });

  it('takes subcharts that are archives', () => {
    write({ 'Chart.yaml': CHART, 'charts/_none': '' });
    const sub = {
      'Chart.yaml': CHART.replace('demo', 'packed'),
      'templates/p.yaml': 'p: {{ .Chart.Name }}\n',
    };
    writeFileSync(join(folder, 'charts', 'packed-1.0.0.tgz'), tgz(chartEntries('packed', sub)));
    expect(render(folder)).toContain('p: packed');
  });

  it('leaves out what .helmignore names', () => {
    write({
      ...DEMO,
      '.helmignore': '# notes\n*.bak\n/secret.txt\ndocs/\n',
      'secret.txt': '',
      'files/secret.txt': '',
      'old.bak': '',
      'files/deep/old.bak': '',
      'docs/a.md': '',
      'templates/.swp': '',
    });
    expect(names()).toEqual([
      '.helmignore',
      'Chart.yaml',
      'charts/sub/Chart.yaml',
      'charts/sub/templates/s.yaml',
      'files/b.txt',
      'files/secret.txt',
      'templates/a.yaml',
      'values.yaml',
    ]);
  });

  it('refuses a .helmignore it cannot read', () => {
    write({ ...DEMO, '.helmignore': 'a/**/b\n' });
    expect(names).toThrow('double-star (**) syntax is not supported');
  });

  it('takes byte order marks away', () => {
    write({ 'Chart.yaml': `\ufeff${CHART}`, 'values.yaml': '\ufeffa: 1\n' });
    expect(loadChartFrom(folder).name).toBe('demo');
  });

  it('refuses what is no chart', () => {
    write({ 'README.md': '' });
    expect(() => loadChartFrom(folder)).toThrow(expect.objectContaining({ code: 'ChartInvalid' }));
    expect(() => loadChartFrom(join(folder, 'README.md'))).toThrow('cannot be unpacked');
    expect(() => loadChartFrom(join(folder, 'none'))).toThrow(expect.objectContaining({ code: 'ENOENT' }));
  });
});

describe('links in charts', () => {
  beforeEach(() =>
    write({ 'demo/Chart.yaml': CHART, 'demo/files/a.txt': 'inside', 'secret.txt': 'outside' }),
  );

  it('are followed inside the chart', () => {
    symlinkSync('a.txt', join(folder, 'demo/files/link.txt'));
    expect(names(join(folder, 'demo'))).toEqual(['Chart.yaml', 'files/a.txt', 'files/link.txt']);
  });

  it.each([
    ['a file outside', '../../secret.txt'],
    ['an absolute path', '/etc/hostname'],
    ['the folder above', '../..'],
    ['the chart itself', '..'],
    ['its own folder', '.'],
  ])('are refused when they lead to %s', (_name, target) => {
    symlinkSync(target, join(folder, 'demo/files/link'));
    expect(() => names(join(folder, 'demo'))).toThrow('files/link is a link that leads out of the chart');
  });
});

describe('the size of charts', () => {
  beforeEach(() => write({ 'Chart.yaml': CHART }));

  /** A file of zeros that takes no room on the disk. */
  function zeros(name: string, size: number): void {
    write({ [name]: '' });
    truncateSync(join(folder, name), size);
  }

  it('bounds each file', () => {
    zeros('big', 5 * MEBIBYTE);
    expect(names()).toContain('big');
    zeros('big', 5 * MEBIBYTE + 1);
    expect(names).toThrow('chart file "big" is larger than the maximum file size 5242880');
  });

  it('bounds all files together', () => {
    for (let i = 0; i < 21; i++) zeros(`files/${i}`, 5 * MEBIBYTE);
    expect(names).toThrow('the chart is larger than 104857600 bytes');
  });

  it('does not count what .helmignore leaves out', () => {
    write({ '.helmignore': 'big\n' });
    zeros('big', 200 * MEBIBYTE);
    expect(names()).toEqual(['.helmignore', 'Chart.yaml']);
  });
});
