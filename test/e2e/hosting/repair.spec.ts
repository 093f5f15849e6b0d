import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { stableStringify } from '../../../src/core/digest.js';
import { resources } from '../../../src/kube/resources.js';
import type { KubeObject } from '../../../src/kube/types.js';
import { findCondition } from '../../../src/model/conditions.js';
import { eventually } from '../../support/eventually.js';
import { Embedded } from '../../support/embedded.js';
import type { Kubectl } from '../../support/kubectl.js';
import { type Access, accessOf, Hosted } from './hosted.js';
import { answers, answersOn, Load } from './load.js';

jest.setTimeout(300_000);

const BACK_MS = 10_000;
/** Not ours to bring back: what runs by itself, what others derive, records, and the cluster itself. */
const NOT_OWNED = ['Cluster', 'Operation', 'Pod', 'Event', 'Endpoints', 'PersistentVolumeClaim'];
/** While these are away, so is a part of the masters or the way to them. */
const DISRUPTIVE = ['Deployment', 'StatefulSet', 'Service', 'TLSRoute'];
const AUTHORITIES = ['ca', 'etcd-ca', 'front-proxy-ca', 'sa'];

describe('what is deleted or changed by hand', () => {
  let meta: Embedded;
  let hosted: Hosted;
  let kubectl: Kubectl;
  let access: Access;

  beforeAll(async () => {
    meta = await Embedded.open();
    // Of this plan every kind of object is there, and one API server serves while the other is away.
    hosted = await Hosted.create(meta, 'repair', { plan: 'standard' });
    await hosted.ready();
    kubectl = await hosted.kubectl();
    access = await accessOf(kubectl);
  });

  afterAll(async () => {
    await hosted.requestDeletion();
    await meta.close();
  });

  const inNamespace = (...args: string[]) => meta.kubectl.run('-n', hosted.namespace, ...args);

  /** Everything Berth made in the cluster's namespace, found by its label. */
  async function owned(): Promise<KubeObject[]> {
    const kinds = await meta.kubectl.run(
      'api-resources',
      '--namespaced',
      '--verbs=list,delete',
      '-o',
      'name',
    );
    const { items } = await meta.kubectl.json<{ items: KubeObject[] }>(
      'get',
      kinds.trim().replaceAll('\n', ','),
      `--namespace=${hosted.namespace}`,
      '--selector=app.kubernetes.io/managed-by=berth',
    );
    return items.filter(({ kind, metadata }) => !NOT_OWNED.includes(kind) && !metadata.ownerReferences);
  }

  /** Waits until an object is there again and `holds` of it; answers after how long. */
  async function back(object: KubeObject, holds: (live: KubeObject) => boolean): Promise<number> {
    const from = performance.now();
    const resource = await meta.client.discovery.resourceOf(object);
    const what = `${object.kind} ${object.metadata.name} to be back`;
    const isBack = (objects: { get(ref: KubeObject['metadata']): KubeObject | undefined }) => {
      const live = objects.get(object.metadata);
      return live !== undefined && !live.metadata.deletionTimestamp && holds(live);
    };
    await meta.until(resource, what, isBack, 3 * BACK_MS);
    return performance.now() - from;
  }

  async function deleted(object: KubeObject): Promise<number> {
    const name = `${(await meta.client.discovery.resourceOf(object)).plural}.${object.apiVersion.split('/')[0]}`;
    const type = object.apiVersion === 'v1' ? object.kind.toLowerCase() : name;
    await inNamespace('delete', type, object.metadata.name, '--wait=false');
    return back(object, (live) => live.metadata.uid !== object.metadata.uid);
  }

  /** Deletes each in turn; what did not come back in time, or came back as something else. */
  async function deleteEach(
    objects: readonly KubeObject[],
    after: () => Promise<unknown>,
  ): Promise<string[]> {
    const wrong: string[] = [];
    for (const object of objects) {
      const name = `${object.kind} ${object.metadata.name}`;
      const ms = await deleted(object);
      if (ms > BACK_MS) wrong.push(`${name} came back after ${Math.round(ms)} ms`);
      const resource = await meta.client.discovery.resourceOf(object);
      const live = await meta.client.get(resource, object.metadata);
      if (contentOf(live) !== contentOf(object))
        wrong.push(`${name} is ${contentOf(live)}, was ${contentOf(object)}`);
      await after();
    }
    return wrong;
  }

  it('comes back within ten seconds, and the API answers all the time', async () => {
    const objects = (await owned()).filter(({ kind }) => !DISRUPTIVE.includes(kind));
    const kinds = new Set(objects.map(({ kind }) => kind));
    expect([...kinds].sort()).toEqual([
      'ConfigMap',
      'ControllerRevision',
      'NetworkPolicy',
      'PodDisruptionBudget',
      'Secret',
      'ServiceAccount',
    ]);
    const { authorities } = await hosted.status();
    const load = new Load(access);
    const wrong = await deleteEach(objects, () => Promise.resolve());
    const { failures } = await load.stop();
    expect(wrong).toEqual([]);
    expect(failures).toEqual([]);
    expect((await hosted.ready()).status?.authorities).toEqual(authorities);
    const left = await inNamespace('get', 'secrets', '-o', 'name');
    expect(left).not.toMatch(/-rescue/);
  });

  it('comes back with its data when it is a part of the masters or the way to them', async () => {
    await kubectl.run('create', 'configmap', 'precious', '--from-literal=a=b');
    const objects = (await owned()).filter(({ kind }) => DISRUPTIVE.includes(kind));
    expect(objects.map(({ kind, metadata }) => `${kind}/${metadata.name}`).sort()).toEqual([
      'Deployment/kube-apiserver',
      'Deployment/kube-controller-manager',
      'Deployment/kube-scheduler',
      'Service/etcd',
      'Service/etcd-client',
      'Service/kube-apiserver',
      'StatefulSet/etcd',
      'TLSRoute/kube-apiserver',
    ]);
    const wrong = await deleteEach(objects, async () => {
      await inNamespace('rollout', 'status', 'statefulset/etcd', '--timeout=60s');
      await inNamespace('rollout', 'status', 'deployment/kube-apiserver', '--timeout=60s');
      await eventually(() => answers(access), 'the API to answer');
    });
    expect(wrong).toEqual([]);
    await hosted.ready();
    await eventually(() => answersOn(access), 'the ingress to have taken the last route');
    await expect(kubectl.run('get', 'configmap', 'precious', '-o', 'jsonpath={.data.a}')).resolves.toBe('b');
  });

  it.each([
    ['a scaled Deployment', 'scale', 'deployment/kube-scheduler', '--replicas=0'],
    ['an image', 'set', 'image', 'deployment/kube-scheduler', 'kube-scheduler=nowhere.invalid/scheduler'],
    [
      'another container',
      'patch',
      'deployment/kube-scheduler',
      '-p',
      '{"spec":{"template":{"spec":{"containers":[{"name":"spy","image":"nowhere.invalid/spy"}]}}}}',
    ],
    [
      'labels of a Secret',
      'label',
      'secret/apiserver-tls',
      'app.kubernetes.io/managed-by-',
      'berth.dev/cluster-',
    ],
    ['labels of an authority', 'label', 'secret/ca', 'app.kubernetes.io/managed-by-', 'berth.dev/cluster-'],
    ['a certificate', 'patch', 'secret/front-proxy-client', '-p', '{"data":{"tls.crt":"bm9uZQ=="}}'],
    ['a bundle', 'patch', 'configmap/ca-bundle', '-p', '{"data":{"ca.crt":"none"}}'],
    ['a wider NetworkPolicy', 'patch', 'networkpolicy/etcd', '-p', '{"spec":{"ingress":[{}]}}'],
    [
      'a selector',
      'patch',
      'service/etcd-client',
      '-p',
      '{"spec":{"selector":{"app.kubernetes.io/component":"none"}}}',
    ],
    ['a budget', 'patch', 'poddisruptionbudget/kube-apiserver', '-p', '{"spec":{"maxUnavailable":"100%"}}'],
    [
      'a host name',
      'patch',
      'tlsroute/kube-apiserver',
      '--type=merge',
      '-p',
      '{"spec":{"hostnames":["other.example"]}}',
    ],
  ])('is set right again: %s', async (_what, ...command) => {
    const target = command.find((word) => word.includes('/') && !word.startsWith('{')) ?? '';
    const before = await meta.kubectl.json('-n', hosted.namespace, 'get', target);
    await inNamespace(...command);
    const changed = await meta.kubectl.json('-n', hosted.namespace, 'get', target);
    const ms = await back(before, (live) => isSince(live, changed) && isSame(live, before));
    expect(ms).toBeLessThan(BACK_MS);
    await hosted.ready();
    await eventually(() => answers(access), 'the API to answer');
  });

  it('is set right again: labels of the revision that is pinned', async () => {
    const { pinned } = await hosted.status();
    const target = `controllerrevision/${pinned?.revision}`;
    const before = await meta.kubectl.json('-n', hosted.namespace, 'get', target);
    await inNamespace('label', target, 'app.kubernetes.io/managed-by-', 'berth.dev/cluster-');
    const changed = await meta.kubectl.json('-n', hosted.namespace, 'get', target);
    const ms = await back(before, (live) => isSince(live, changed) && isSame(live, before));
    expect(ms).toBeLessThan(BACK_MS);
    await hosted.ready();
  });

  it('comes back also while the spec asks for what cannot be, which is told', async () => {
    const path = ['-n', hosted.namespace, 'patch', 'cluster', hosted.name, '--type=merge', '-p'];
    await meta.kubectl.run(...path, '{"spec":{"plan":"nowhere"}}');
    const stalled = await hosted.condition('Stalled', 'True');
    expect(findCondition(stalled.status?.conditions, 'Stalled')).toMatchObject({ reason: 'PlanNotFound' });
    expect(findCondition(stalled.status?.conditions, 'SpecValid')).toMatchObject({ status: 'False' });
    const objects = (await owned()).filter(({ kind, metadata }) =>
      ['Deployment/kube-scheduler', 'Secret/apiserver-tls'].includes(`${kind}/${metadata.name}`),
    );
    expect(objects).toHaveLength(2);
    expect(await deleteEach(objects, () => Promise.resolve())).toEqual([]);
    await meta.kubectl.run(...path, '{"spec":{"plan":"standard"}}');
    const { status } = await hosted.ready();
    expect(findCondition(status?.conditions, 'SpecValid')).toMatchObject({ status: 'True' });
  });

  it('cannot be done to an authority', async () => {
    const patch = ['-n', hosted.namespace, 'patch', 'secret', 'ca', '-p', '{"data":{"tls.key":"bm9uZQ=="}}'];
    const { code, stderr } = await meta.kubectl.try(...patch);
    expect(code).toBe(1);
    expect(stderr).toMatch(/immutable/);
  });

  it('is noticed inside of the hosted cluster too', async () => {
    await eventually(() => answersOn(access), 'the ingress to have taken the last route');
    const objects: [string, ...string[]][] = [
      ['endpointslices.discovery.k8s.io', 'kubernetes', '-n', 'default'],
      ['endpoints', 'kubernetes', '-n', 'default'],
      ['clusterrolebinding', 'kubeadm:apiserver-kubelet-client'],
    ];
    for (const object of objects) {
      const before = contentOf(await kubectl.json('get', ...object));
      await kubectl.run('delete', ...object);
      const same = async () => {
        const { code, stdout } = await kubectl.try('get', ...object, '-o', 'json');
        return code === 0 && contentOf(JSON.parse(stdout) as KubeObject) === before;
      };
      await eventually(same, `${object[0]} in the hosted cluster`);
    }
  });

  it('stops the reconciler when an authority is really lost, and heals when it is put back', async () => {
    const { authorities } = await hosted.status();
    const secret = await meta.kubectl.json('-n', hosted.namespace, 'get', 'secret', 'ca');
    // Else the finalizer would be back before the deletion.
    const thaw = await meta.freezeService();
    await inNamespace('patch', 'secret', 'ca', '--type=merge', '-p', '{"metadata":{"finalizers":null}}');
    await inNamespace('delete', 'secret', 'ca');
    thaw();
    const stalled = await hosted.condition('Stalled', 'True');
    const reason = findCondition(stalled.status?.conditions, 'Stalled');
    expect(reason).toMatchObject({ reason: 'AuthorityLost', message: expect.stringContaining('ca') });
    expect(await answers(access)).toBe(true);
    await expect(
      meta.client.find(resources.Secret, { namespace: hosted.namespace, name: 'ca' }),
    ).resolves.toBeUndefined();
    const { name, namespace } = secret.metadata;
    await meta.kubectl.apply({ ...secret, metadata: { name, namespace } });
    const healed = await hosted.ready();
    expect(healed.status?.authorities).toEqual(authorities);
    expect(AUTHORITIES.every((authority) => authority in (healed.status?.authorities ?? {}))).toBe(true);
    expect(await answers(access)).toBe(true);
  });
});

const GIVEN_ANEW = new Set(['clusterIP', 'clusterIPs', 'nodePort', 'healthCheckNodePort']);

/** What an object is about, without what is given anew with each life of it. */
function contentOf({ kind, metadata, status: _status, ...content }: KubeObject): string {
  const isLeaf = kind === 'Secret' && !AUTHORITIES.includes(metadata.name);
  const shown = isLeaf ? { ...content, data: Object.keys(content['data'] ?? {}).sort() } : content;
  const lasting = JSON.stringify(shown, (key, value: unknown) => (GIVEN_ANEW.has(key) ? undefined : value));
  return stableStringify(JSON.parse(lasting));
}

function isSame(live: KubeObject, before: KubeObject): boolean {
  return (
    contentOf(live) === contentOf(before) &&
    isDeepStrictEqual({ ...live.metadata.labels }, { ...before.metadata.labels })
  );
}

function isSince(live: KubeObject, { metadata }: KubeObject): boolean {
  return BigInt(live.metadata.resourceVersion ?? 0) >= BigInt(metadata.resourceVersion ?? 0);
}
