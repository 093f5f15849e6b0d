import { describe, expect, it } from '@jest/globals';
import type { KubeObject } from '../../kube/types.js';
import { annotations } from '../../model/names.js';
import type { ReleaseObject } from '../../model/release.js';
import { podTemplateOf } from './consumed-config.js';
import { impactOf } from './impact.js';
import { carryVersions, identityOf, prepare, stamped, tellersAmong } from './prepare.js';

const web = (extra: object = {}): KubeObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web' },
  spec: {
    replicas: 3,
    template: { spec: { containers: [{ name: 'web', image: 'web:1', ...extra }] } },
  },
});
const settings = (mode: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'settings' },
  data: { mode },
});
const facts = { instance: 'shop', service: 'web', namespace: 'shop', salt: 'uid' };
const inputs = (version: number, more: object = {}) => ({
  template: { name: 'shop', version: 1 },
  config: { name: 'shop', version },
  ...more,
});
const prepared = (objects: KubeObject[], more: object = {}, version = 1) =>
  prepare(
    { services: [{ name: 'web', dependsOn: [], objects }], redact: (text) => text },
    inputs(version, more),
    facts,
  );
const envFrom = { envFrom: [{ configMapRef: { name: 'settings' } }] };
const volume = { volumeMounts: [{ name: 'v', mountPath: '/etc/web' }] };
const withVolume = (subPath?: string): KubeObject => {
  const mounts = [{ name: 'v', mountPath: '/etc/web', ...(subPath && { subPath }) }];
  const object = web({ volumeMounts: mounts });
  const template = podTemplateOf(object)?.template as { spec: Record<string, unknown> };
  template.spec['volumes'] = [{ name: 'v', configMap: { name: 'settings' } }];
  return object;
};

describe('what a changed config does to pods', () => {
  it.each([
    ['environment', web(envFrom), { restarts: ['Deployment/web'], reloads: [] }],
    ['a file mounted by subPath', withVolume('mode'), { restarts: ['Deployment/web'], reloads: [] }],
    ['a volume', withVolume(), { restarts: [], reloads: ['Deployment/web'] }],
    ['nothing of it', web(volume), { restarts: [], reloads: [] }],
  ])('that read it as %s', (_how, workload, expected) => {
    const before = prepared([workload, settings('a')]);
    const after = prepared([workload, settings('b')]);
    expect(impactOf('web', before.records, after)).toMatchObject(expected);
  });
});

describe('the version of the config that an object shows', () => {
  it('is the one that changed it last; that of pods changes only with the pods', () => {
    const first = prepared([web(), settings('a')]);
    const second = prepared([web(), settings('b')], {}, 2);
    const known = new Map(first.records.map((record) => [identityOf(record), record]));
    const objects = stamped(second.objects, carryVersions(second.records, known));
    const [deployment, map] = objects.map(
      ({ metadata }) => metadata.annotations?.[annotations.configVersion],
    );
    expect([deployment, map]).toEqual(['1', '2']);
    expect(podTemplateOf(objects[0] ?? web())?.template).toMatchObject({
      metadata: { annotations: { [annotations.configVersion]: '1' } },
    });
  });
});

describe('the version that pods are told', () => {
  const sink = (name: string, value: string): KubeObject => ({
    ...settings(value),
    metadata: { name },
    data: { value, BERTH_CONFIG_VERSION: '' },
  });
  const service = (env: string, file: string, replicas: number): KubeObject[] => {
    const pods = web({ env: [{ name: 'x', value: env }] });
    return [
      { ...pods, spec: { ...(pods['spec'] as object), replicas } },
      sink('env', env),
      sink('files', file),
    ];
  };
  /** Of the pods, in their environment, in their files; after releases of versions 1, 2, … of the config. */
  const told = (...versions: Parameters<typeof service>[]) => {
    let known = new Map<string, ReleaseObject>();
    let objects: KubeObject[] = [];
    for (const [i, version] of versions.entries()) {
      const next = prepared(service(...version), {}, i + 1);
      const records = carryVersions(next.records, known, tellersAmong(next.objects));
      objects = stamped(next.objects, records);
      known = new Map(records.map((record) => [identityOf(record), record]));
    }
    const [workload = web(), ...sinks] = objects;
    const pods = podTemplateOf(workload)?.template as KubeObject | undefined;
    const inSinks = sinks.map(({ data }) => (data as Record<string, string>)['BERTH_CONFIG_VERSION']);
    return [pods?.metadata.annotations?.[annotations.configVersion], ...inSinks];
  };

  it.each([
    [
      'a change of the environment',
      [
        ['a', 'a', 1],
        ['b', 'a', 1],
      ],
      ['2', '2', '2'],
    ],
    [
      'a change of the number of pods',
      [
        ['a', 'a', 1],
        ['a', 'a', 2],
      ],
      ['1', '1', '1'],
    ],
    [
      'a change of files, which running pods see',
      [
        ['a', 'a', 1],
        ['a', 'b', 1],
      ],
      ['1', '1', '2'],
    ],
    [
      'both, one after the other',
      [
        ['a', 'a', 1],
        ['a', 'b', 1],
        ['b', 'b', 1],
      ],
      ['3', '3', '3'],
    ],
  ] as const)('after %s', (_what, versions, expected) => {
    expect(
      told(...versions.map(([env, file, replicas]) => [env, file, replicas] as [string, string, number])),
    ).toEqual(expected);
  });
});

describe(prepare, () => {
  it('leaves the number of pods to an autoscaler', () => {
    const autoscaler: KubeObject = {
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata: { name: 'web' },
      spec: { scaleTargetRef: { kind: 'Deployment', name: 'web' } },
    };
    const [deployment] = prepared([web(), autoscaler], { replicas: 5 }).objects;
    expect(deployment?.['spec']).not.toHaveProperty('replicas');
    expect(prepared([web()], { replicas: 5 }).objects[0]?.['spec']).toMatchObject({ replicas: 5 });
  });

  it('puts objects into the namespace, but for kinds that have none', () => {
    const role: KubeObject = {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: { name: 'r' },
    };
    const [deployment, cluster] = prepared([web(), role]).objects;
    expect(deployment?.metadata.namespace).toBe('shop');
    expect(cluster?.metadata.namespace).toBeUndefined();
  });

  it('refuses two objects of one name, a service that is not there, an override of nothing', () => {
    expect(() => prepared([web(), web()])).toThrow('renders Deployment web twice');
    const overrides = [{ target: { kind: 'Service', name: 'x' }, patch: {} }];
    expect(() => prepared([web()], { overrides })).toThrow(
      'the service has no Service x, but Deployment/web',
    );
  });
});
