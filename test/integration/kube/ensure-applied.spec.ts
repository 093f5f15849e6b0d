import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Metrics } from '../../../src/core/metrics.js';
import type { KubeClient } from '../../../src/kube/client.js';
import { ensureApplied } from '../../../src/kube/ensure-applied.js';
import { type Informer, Informers } from '../../../src/kube/informers.js';
import type { KubeObject } from '../../../src/kube/types.js';
import { when } from '../../support/eventually.js';
import { startKubeApiServer, type TestApiServer } from '../../support/kube-apiserver.js';

const fieldManager = 'berth-test';
const metadata = { name: 'web', namespace: 'default', labels: { app: 'web' } };

let server: TestApiServer;
let client: KubeClient;
let informers: Informers;
const metrics = new Metrics();

beforeAll(async () => {
  server = await startKubeApiServer();
  client = await server.client('admin', { metrics });
  informers = new Informers(client);
}, 90_000);

afterAll(async () => {
  await informers?.close();
  await server?.stop();
});

/** Objects with all that makes comparing hard: defaults, quantities, keyed lists, sets, atomics, empty maps. */
const desiredObjects: KubeObject[] = [
  {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { ...metadata, annotations: { note: 'x' }, finalizers: [] },
    spec: {
      replicas: 2,
      selector: { matchLabels: { app: 'web' } },
      strategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: '25%' } },
      template: {
        metadata: { labels: { app: 'web' } },
        spec: {
          containers: [
            {
              name: 'web',
              image: 'example.dev/web:1',
              args: ['--a', '--b'],
              env: [
                { name: 'A', value: '1' },
                { name: 'EMPTY', value: '' },
              ],
              ports: [{ containerPort: 80 }, { containerPort: 53, protocol: 'UDP' }],
              resources: { requests: { cpu: '0.5', memory: '1024Mi' }, limits: { memory: '2048Mi' } },
              readinessProbe: { httpGet: { path: '/', port: 80 } },
              volumeMounts: [{ name: 'scratch', mountPath: '/tmp' }],
              securityContext: { capabilities: { drop: ['ALL'] } },
            },
          ],
          volumes: [
            { name: 'scratch', emptyDir: {} },
            {
              name: 'all',
              projected: { sources: [{ secret: { name: 'a' } }, { configMap: { name: 'b' } }] },
            },
          ],
          tolerations: [{ key: 'a', operator: 'Exists' }],
          topologySpreadConstraints: [
            {
              maxSkew: 1,
              topologyKey: 'kubernetes.io/hostname',
              whenUnsatisfiable: 'ScheduleAnyway',
              labelSelector: {},
            },
          ],
          securityContext: {},
          nodeSelector: {},
          initContainers: [],
          imagePullSecrets: [],
        },
      },
    },
  },
  {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata,
    spec: {
      serviceName: 'web',
      selector: { matchLabels: { app: 'web' } },
      template: {
        metadata: { labels: { app: 'web' } },
        spec: { containers: [{ name: 'web', image: 'example.dev/web:1' }] },
      },
      volumeClaimTemplates: [
        {
          metadata: { name: 'data' },
          spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1024Mi' } } },
        },
      ],
    },
  },
  {
    apiVersion: 'v1',
    kind: 'Service',
    metadata,
    spec: {
      selector: { app: 'web' },
      ports: [
        { name: 'http', port: 80, targetPort: 'http' },
        { name: 'dns', port: 53, protocol: 'UDP' },
      ],
    },
  },
  {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata,
    spec: {
      podSelector: {},
      policyTypes: ['Ingress', 'Egress'],
      ingress: [{ ports: [{ port: 80 }], from: [{ podSelector: {} }] }],
      egress: [],
    },
  },
  {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata,
    type: 'Opaque',
    data: { key: 'dmFsdWU=' },
    stringData: { plain: 'text' },
  },
  { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { a: '1' } },
  { apiVersion: 'v1', kind: 'ServiceAccount', metadata, automountServiceAccountToken: false },
  {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata,
    spec: { minAvailable: 1, selector: { matchLabels: { app: 'web' } } },
  },
  {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'Role',
    metadata,
    rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }],
  },
  {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata,
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'web' },
    subjects: [{ kind: 'User', name: 'alice' }],
  },
  {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata,
    spec: {
      ingressClassName: 'traefik',
      rules: [
        {
          host: 'web.example.dev',
          http: {
            paths: [
              { path: '/', pathType: 'Prefix', backend: { service: { name: 'web', port: { number: 80 } } } },
            ],
          },
        },
      ],
    },
  },
  {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata,
    addressType: 'IPv4',
    endpoints: [{ addresses: ['192.0.2.1'], conditions: { ready: true } }],
    ports: [{ name: 'https', port: 6443 }],
  },
  {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'widgets.example.dev' },
    spec: {
      group: 'example.dev',
      scope: 'Namespaced',
      names: { plural: 'widgets', kind: 'Widget' },
      versions: [
        { name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } },
      ],
    },
  },
];

const byKind = new Map(desiredObjects.map((object) => [object.kind, object]));
const desired = (kind: string): KubeObject => structuredClone(byKind.get(kind)!);

async function informerOf(object: KubeObject): Promise<Informer> {
  const informer = informers.informer(await client.discovery.resourceOf(object));
  await informer.synced;
  return informer;
}

/** Ensures the object and waits until the cache shows what that led to. */
async function ensure(object: KubeObject): Promise<string> {
  const { cache } = await informerOf(object);
  const ensured = await ensureApplied(client, cache, object, { fieldManager });
  await caughtUp(ensured.object);
  return ensured.outcome;
}

async function caughtUp(object: KubeObject): Promise<void> {
  const { cache } = await informerOf(object);
  const version = Number(object.metadata.resourceVersion);
  await when(
    () => Number(cache.get(object.metadata)?.metadata.resourceVersion ?? 0) >= version,
    (listener) => cache.onChange(listener),
    `${object.kind} in the cache`,
  );
}

async function live(object: KubeObject): Promise<KubeObject> {
  const { resource } = await informerOf(object);
  return client.get(resource, object.metadata);
}

/** Changes an object by hand, with a merge patch, as `kubectl patch` does. */
async function byHand(object: KubeObject, patch: unknown): Promise<void> {
  const { resource } = await informerOf(object);
  const options = { fieldManager: 'kubectl-patch' };
  await caughtUp(await client.patch(resource, object.metadata, patch, options));
}

async function writes(): Promise<number> {
  const counter = metrics.counter({
    name: 'rest_client_requests_total',
    help: '',
    labelNames: ['method', 'code'],
  });
  const { values } = await counter.get();
  return values.filter(({ labels }) => labels.method !== 'GET').reduce((sum, { value }) => sum + value, 0);
}

describe('ensureApplied', () => {
  it.each([...byKind.keys()])('applies a %s once', async (kind) => {
    const object = desired(kind);
    expect(await ensure(object)).toBe('applied');
    const before = await writes();
    expect(await ensure(object)).toBe('unchanged');
    expect(await writes()).toBe(before);
  });

  it('sees changed, added and removed fields of what is desired', async () => {
    const service = desired('Service');
    const changed = { ...service, spec: { ...(service['spec'] as object), sessionAffinity: 'ClientIP' } };
    expect(await ensure(changed)).toBe('applied');
    expect((await live(service))['spec']).toMatchObject({ sessionAffinity: 'ClientIP' });
    expect(await ensure(service)).toBe('applied');
    expect((await live(service))['spec']).toMatchObject({ sessionAffinity: 'None' });
    expect(await ensure(service)).toBe('unchanged');
  });

  it.each([
    ['a changed value', 'ConfigMap', { data: { a: 'other' } }, { data: { a: '1' } }],
    ['a removed value', 'ConfigMap', { data: null }, { data: { a: '1' } }],
    [
      'a removed label',
      'ConfigMap',
      { metadata: { labels: { app: null } } },
      { metadata: { labels: { app: 'web' } } },
    ],
    [
      'a changed secret',
      'Secret',
      { data: { key: 'b3RoZXI=' } },
      { data: { key: 'dmFsdWU=', plain: 'dGV4dA==' } },
    ],
    [
      'a secret value first given as text',
      'Secret',
      { data: { plain: null } },
      { data: { plain: 'dGV4dA==' } },
    ],
    ['a scaled Deployment', 'Deployment', { spec: { replicas: 0 } }, { spec: { replicas: 2 } }],
    [
      'a port of a Service',
      'Service',
      { spec: { ports: [{ name: 'http', port: 81 }] } },
      { spec: { ports: [{ port: 80 }, { port: 53 }] } },
    ],
    [
      'a rule of a NetworkPolicy',
      'NetworkPolicy',
      { spec: { ingress: [{}] } },
      { spec: { ingress: [{ ports: [{ port: 80 }] }] } },
    ],
    ['a rule of a Role', 'Role', { rules: [] }, { rules: [{ verbs: ['get'] }] }],
    [
      'the endpoints of a slice',
      'EndpointSlice',
      { endpoints: [] },
      { endpoints: [{ addresses: ['192.0.2.1'] }] },
    ],
    ['our digest', 'ConfigMap', { metadata: { annotations: null } }, { data: { a: '1' } }],
  ])('mends %s', async (_what, kind, patch, expected) => {
    const object = desired(kind);
    await ensure(object);
    await byHand(object, patch);
    expect(await ensure(object)).toBe('applied');
    expect(await live(object)).toMatchObject(expected);
    expect(await ensure(object)).toBe('unchanged');
  });

  it('mends a field deep in a keyed list', async () => {
    const deployment = desired('Deployment');
    const { resource } = await informerOf(deployment);
    const path = '/spec/template/spec/containers/0/image';
    const patch = [{ op: 'replace', path, value: 'example.dev/evil:1' }];
    await caughtUp(await client.patch(resource, deployment.metadata, patch, { type: 'json' }));
    expect(await ensure(deployment)).toBe('applied');
    expect(JSON.stringify(await live(deployment))).not.toContain('evil');
  });

  it('brings back what was deleted', async () => {
    const object = desired('ConfigMap');
    const { resource, cache } = await informerOf(object);
    await client.delete(resource, object.metadata);
    await when(
      () => cache.get(object.metadata) === undefined,
      (listener) => cache.onChange(listener),
      'the deletion',
    );
    expect(await ensure(object)).toBe('applied');
    expect(await live(object)).toMatchObject({ data: { a: '1' } });
  });

  it.each([
    [
      'a container',
      { op: 'add', path: '/spec/template/spec/containers/-', value: { name: 'x', image: 'x' } },
    ],
    [
      'a first init container',
      { op: 'add', path: '/spec/template/spec/initContainers', value: [{ name: 'x', image: 'x' }] },
    ],
    [
      'an environment variable',
      { op: 'add', path: '/spec/template/spec/containers/0/env/0', value: { name: 'X', value: 'x' } },
    ],
    ['an argument', { op: 'add', path: '/spec/template/spec/containers/0/args/-', value: '--x' }],
    ['a renamed container', { op: 'replace', path: '/spec/template/spec/containers/0/name', value: 'x' }],
  ])('drops %s that somebody slipped in', async (_what, operation) => {
    const deployment = desired('Deployment');
    await ensure(deployment);
    const clean = await live(deployment);
    const { resource } = await informerOf(deployment);
    await caughtUp(await client.patch(resource, deployment.metadata, [operation], { type: 'json' }));
    expect(await ensure(deployment)).toBe('applied');
    const mended = await live(deployment);
    expect(mended['spec']).toEqual(clean['spec']);
    expect(mended.metadata.managedFields?.map(({ manager }) => manager)).not.toContain('berth-repair');
    expect(await ensure(deployment)).toBe('unchanged');
  });

  it('keeps items of others when told', async () => {
    const deployment = desired('Deployment');
    const { resource, cache } = await informerOf(deployment);
    const sidecar = { op: 'add', path: '/spec/template/spec/containers/-', value: { name: 'x', image: 'x' } };
    await caughtUp(await client.patch(resource, deployment.metadata, [sidecar], { type: 'json' }));
    const options = { fieldManager, foreignItems: 'keep' } as const;
    expect((await ensureApplied(client, cache, deployment, options)).outcome).toBe('unchanged');
    expect(await ensure(deployment)).toBe('applied');
  });

  it('drops what is no longer desired after a repair', async () => {
    const service = desired('Service');
    await byHand(service, { spec: { ports: [{ name: 'http', port: 81 }] } });
    await ensure(service);
    const oneport = { ...service, spec: { selector: { app: 'web' }, ports: [{ name: 'http', port: 80 }] } };
    await ensure(oneport);
    expect((await live(service))['spec']).toMatchObject({ ports: [{ port: 80 }] });
    await ensure(service);
  });

  it('leaves alone what others add, and the status', async () => {
    const deployment = desired('Deployment');
    await byHand(deployment, { metadata: { labels: { theirs: 'x' } } });
    const { resource } = await informerOf(deployment);
    const status = { status: { replicas: 2, observedGeneration: 1 } };
    await caughtUp(await client.patch(resource, deployment.metadata, status, { subresource: 'status' }));
    expect(await ensure(deployment)).toBe('unchanged');
    expect((await live(deployment)).metadata.labels).toMatchObject({ theirs: 'x' });
  });

  it('waits for an object that is being deleted', async () => {
    const object = {
      ...desired('ConfigMap'),
      metadata: { ...metadata, name: 'held', finalizers: ['berth.dev/test'] },
    };
    await ensure(object);
    const { resource } = await informerOf(object);
    await client.delete(resource, object.metadata);
    await caughtUp(await live(object));
    expect(await ensure(object)).toBe('deleting');
  });
});
