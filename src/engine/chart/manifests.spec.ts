import { describe, expect, it } from '@jest/globals';
import { sortManifests, splitDocuments } from './manifests.js';

const object = (kind: string, name: string, annotations = ''): string =>
  `apiVersion: v1\nkind: ${kind}\nmetadata:\n  name: ${name}\n${annotations}`;
const hook = (events: string, more = ''): string =>
  object('Job', 'job', `  annotations:\n    helm.sh/hook: ${events}\n${more}`);

const sorted = (files: Record<string, string>): ReturnType<typeof sortManifests> =>
  sortManifests(new Map(Object.entries(files)));

describe('documents', () => {
  it.each([
    ['a: 1', ['a: 1']],
    ['---\na: 1\n---\nb: 2\n', ['a: 1', 'b: 2']],
    ['---\n\n', []],
    ['---\n---\n\n---\n', ['---']],
    ['a: 1\n--- # comment\nb: 2', ['a: 1', '# comment\nb: 2']],
    ['a: "---"', ['a: "---"']],
    ['a: |\n  x\n---y: 1', ['a: |\n  x', 'y: 1']],
    ['a: 1\r\n---\r\nb: 2\r\n', ['a: 1', 'b: 2']],
  ])('%j', (text, expected) => {
    expect(splitDocuments(text)).toEqual(expected);
  });

  it('cuts a long text in little time', () => {
    const start = process.cpuUsage();
    expect(splitDocuments(`a: 1${' '.repeat(50)}\n---\n`.repeat(50_000))).toHaveLength(50_000);
    expect(splitDocuments('-'.repeat(1_000_000))).toHaveLength(1);
    expect(process.cpuUsage(start).user / 1000).toBeLessThan(2000);
  });
});

describe('manifests', () => {
  it('stand in the order of installation, then by file', () => {
    const { manifests } = sorted({
      'c/templates/b.yaml': object('Deployment', 'd'),
      'c/templates/a.yaml': `${object('Widget', 'w')}---\n${object('Service', 's')}`,
      'c/templates/z.yaml': object('Namespace', 'n'),
    });
    expect(manifests.map(({ head }) => head.kind)).toEqual(['Namespace', 'Service', 'Deployment', 'Widget']);
    expect(manifests[0]?.source).toBe('c/templates/z.yaml');
  });

  it('leave hooks apart, with what their annotations say', () => {
    const text = hook(
      'pre-install, Post-Upgrade',
      '    helm.sh/hook-weight: "-5"\n    helm.sh/hook-delete-policy: hook-succeeded,before-hook-creation\n',
    );
    const { manifests, hooks } = sorted({ 'c/templates/a.yaml': text });
    expect(manifests).toEqual([]);
    expect(hooks).toMatchObject([
      {
        events: ['pre-install', 'post-upgrade'],
        weight: -5,
        deletePolicies: ['hook-succeeded', 'before-hook-creation'],
      },
    ]);
  });

  it('know the old name of tests, drop hooks of unknown events', () => {
    expect(sorted({ a: hook('test-success') }).hooks[0]?.events).toEqual(['test']);
    expect(sorted({ a: hook('pre-coffee') })).toEqual({ manifests: [], hooks: [] });
  });

  it('pass over partials and empty files', () => {
    expect(sorted({ 'c/_a.tpl': 'no: [yaml', 'c/b.yaml': ' \n\n' })).toEqual({ manifests: [], hooks: [] });
  });

  it.each([
    ['no YAML', 'a: [', /^YAML parse error on c\/a\.yaml: error converting YAML to JSON: yaml: line 1: /],
    ['a list', '- a', /cannot unmarshal array into Go value of type releaseutil\.SimpleHead/],
    [
      'a kind that is no text',
      'kind: {}',
      /cannot unmarshal object into Go struct field SimpleHead\.kind of type string/,
    ],
  ])('name the file when a document is %s', (_name, text, message) => {
    const run = (): unknown => sorted({ 'c/a.yaml': text });
    expect(run).toThrow(message);
    expect(run).toThrow(expect.objectContaining({ code: 'ExecutionError', file: 'c/a.yaml' }));
  });
});
