import { describe, expect, it } from '@jest/globals';
import type { KubeObject } from '../kube/types.js';
import { PatchMismatch, strategicMerge } from './strategic-merge.js';

const deployment: KubeObject = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'api', labels: { a: '1', b: '2' } },
  spec: {
    strategy: { type: 'RollingUpdate' },
    template: {
      spec: {
        containers: [
          {
            name: 'main',
            args: ['--a=1'],
            ports: [{ containerPort: 6443, name: 'https' }],
            env: [{ name: 'GOGC', value: '50' }],
            volumeMounts: [{ name: 'ca', mountPath: '/ca' }],
          },
        ],
        volumes: [{ name: 'ca', configMap: { name: 'ca-bundle' } }],
        nodeSelector: { zone: 'a' },
      },
    },
  },
};

const merged = (podSpec: Record<string, unknown>) =>
  strategicMerge(deployment, { spec: { template: { spec: podSpec } } }) as unknown as {
    spec: { template: { spec: Record<string, unknown> & { containers: Record<string, unknown>[] } } };
  };
const container = (change: Record<string, unknown>) =>
  merged({ containers: [{ name: 'main', ...change }] }).spec.template.spec.containers[0];

describe('a strategic merge patch', () => {
  it('merges maps, and null deletes', () => {
    const { metadata } = strategicMerge(deployment, { metadata: { labels: { a: null, c: '3' } } });
    expect(metadata.labels).toEqual({ b: '2', c: '3' });
  });

  it('leaves the object it was given as it was', () => {
    const before = structuredClone(deployment);
    merged({ containers: [{ name: 'main', env: [{ name: 'GOGC', value: '100' }] }] });
    expect(deployment).toEqual(before);
  });

  it('adds a container beside ours', () => {
    const { containers } = merged({ containers: [{ name: 'audit', image: 'audit' }] }).spec.template.spec;
    expect(containers.map(({ name }) => name)).toEqual(['main', 'audit']);
  });

  it('merges environment, mounts and ports by their keys', () => {
    const change = {
      env: [
        { name: 'GOGC', value: '75' },
        { name: 'TZ', value: 'UTC' },
      ],
      volumeMounts: [{ mountPath: '/ca', readOnly: true }],
      ports: [{ containerPort: 6443, protocol: 'TCP' }],
    };
    expect(container(change)).toMatchObject({
      env: [
        { name: 'GOGC', value: '75' },
        { name: 'TZ', value: 'UTC' },
      ],
      volumeMounts: [{ name: 'ca', mountPath: '/ca', readOnly: true }],
      ports: [{ containerPort: 6443, name: 'https', protocol: 'TCP' }],
    });
  });

  it('deletes an item by its key, and replaces a whole list', () => {
    expect(container({ env: [{ name: 'GOGC', $patch: 'delete' }] })).toMatchObject({ env: [] });
    const replaced = container({ env: [{ $patch: 'replace' }, { name: 'TZ', value: 'UTC' }] });
    expect(replaced).toMatchObject({ env: [{ name: 'TZ', value: 'UTC' }] });
  });

  it('replaces lists without a key', () => {
    const tolerations = [{ key: 'masters', operator: 'Exists' }];
    expect(merged({ tolerations }).spec.template.spec['tolerations']).toEqual(tolerations);
  });

  it('empties a map that is told so', () => {
    const { spec } = merged({ nodeSelector: { $patch: 'delete' } }).spec.template;
    expect(spec['nodeSelector']).toEqual({});
  });

  it.each([
    [
      'a map for a list',
      { containers: { name: 'main' } },
      'spec.template.spec.containers is a list, not a map',
    ],
    [
      'an item without its key',
      { containers: [{ image: 'x' }] },
      'an item of spec.template.spec.containers has no name',
    ],
    [
      'an item that is no map',
      { volumes: ['ca'] },
      'items of spec.template.spec.volumes are maps with a name',
    ],
    ['a value for a map', { nodeSelector: 'a' }, 'spec.template.spec.nodeSelector is a map, not a value'],
    ['an unknown directive', { $retainKeys: ['x'] }, 'the directive $retainKeys is not supported'],
    ['a directive out of place', { $patch: 'replace' }, '$patch: "replace" is not supported here'],
  ])('refuses %s', (_what, podSpec, message) => {
    expect(() => merged(podSpec)).toThrow(new PatchMismatch('', message));
  });

  it('knows the ports of a Service by their numbers', () => {
    const service = {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 's' },
      spec: { ports: [{ port: 1, name: 'a' }] },
    };
    const { spec } = strategicMerge(service, {
      spec: { ports: [{ port: 1, nodePort: 30000 }, { port: 2 }] },
    });
    expect(spec).toEqual({ ports: [{ port: 1, name: 'a', nodePort: 30000 }, { port: 2 }] });
  });
});
