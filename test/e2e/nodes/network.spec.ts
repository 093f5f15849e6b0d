import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { findCondition } from '../../../src/model/conditions.js';
import { Embedded } from '../../support/embedded.js';
import { eventually } from '../../support/eventually.js';
import type { Kubectl } from '../../support/kubectl.js';
import { Hosted } from '../hosting/hosted.js';

jest.setTimeout(300_000);

const IMAGE = 'docker.io/library/busybox:stable';

/** Tells the address of whoever asks. */
const CALLER = '#!/bin/sh\nprintf "Content-type: text/plain\\r\\n\\r\\n"; echo "$REMOTE_ADDR"\n';
const SERVE = `mkdir -p /www/cgi-bin; echo "$1 $(hostname)" >/www/index.html
echo "$2" >/www/cgi-bin/caller; chmod +x /www/cgi-bin/caller; exec httpd -f -p 8080 -h /www`;

/** A web server whose pods tell their names and who asks, one on each node, with a Service and a headless one. */
function webServer(replicas: number, greeting: string): object[] {
  const labels = { app: 'web' };
  const spread = { labelSelector: { matchLabels: labels }, topologyKey: 'kubernetes.io/hostname' };
  const spec = {
    terminationGracePeriodSeconds: 1,
    affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [spread] } },
    containers: [
      {
        name: 'web',
        image: IMAGE,
        command: ['sh', '-c', SERVE, 'sh', greeting, CALLER],
        readinessProbe: { httpGet: { path: '/', port: 8080 }, periodSeconds: 1 },
      },
    ],
  };
  const service = (name: string, more: object) => ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name },
    spec: { selector: labels, ports: [{ port: 80, targetPort: 8080 }], ...more },
  });
  const template = { metadata: { labels }, spec };
  return [
    service('web', {}),
    service('web-headless', { clusterIP: 'None' }),
    {
      apiVersion: 'apps/v1',
      kind: 'StatefulSet',
      metadata: { name: 'web' },
      spec: {
        serviceName: 'web-headless',
        replicas,
        podManagementPolicy: 'Parallel',
        selector: { matchLabels: labels },
        template,
      },
    },
  ];
}

const DENY_ALL = {
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: { name: 'deny-all', namespace: 'default' },
  spec: { podSelector: {}, policyTypes: ['Ingress'] },
};

describe('the network of user nodes', () => {
  let meta: Embedded;
  let one: Hosted;
  let other: Hosted;
  let kubectl: Kubectl;
  let kubectlOfOther: Kubectl;

  beforeAll(async () => {
    meta = await Embedded.open();
    [one, other] = await Promise.all([
      Hosted.create(meta, `net-a-${meta.run}`),
      Hosted.create(meta, `net-b-${meta.run}`),
    ]);
    await Promise.all([one.ready(), other.ready()]);
    await meta.berth('node', 'add', one.name, '--count', '3', '--wait');
    await meta.berth('node', 'add', other.name, '--wait');
    [kubectl, kubectlOfOther] = await Promise.all([one.kubectl(), other.kubectl()]);
    await Promise.all([
      kubectl.apply(...webServer(3, 'one')),
      kubectlOfOther.apply(...webServer(1, 'other')),
    ]);
    for (const each of [kubectl, kubectlOfOther]) {
      await each.run('rollout', 'status', 'statefulset/web', '--timeout=120s');
      await each.run('-n', 'kube-system', 'rollout', 'status', 'deployment/coredns', '--timeout=120s');
    }
  });

  afterAll(async () => {
    await Promise.all([one.delete(), other.delete()]);
    await meta.close();
  });

  const ask = async (from: Kubectl, pod: string, url: string): Promise<string> =>
    (await from.run('exec', pod, '--', 'wget', '-qO-', url)).trim();
  const addressOf = (pod: string) => kubectl.run('get', 'pod', pod, '-o', 'jsonpath={.status.podIP}');

  it('carries pods to pods of every other node, and both see the real addresses', async () => {
    const nodes = await kubectl.run(
      'get',
      'pods',
      '-l',
      'app=web',
      '-o',
      'jsonpath={.items[*].spec.nodeName}',
    );
    expect(new Set(nodes.split(' ')).size).toBe(3);
    for (const [from, to] of [
      ['web-0', 'web-1'],
      ['web-1', 'web-2'],
      ['web-2', 'web-0'],
    ] as const) {
      const url = `http://${await addressOf(to)}:8080`;
      expect(await ask(kubectl, from, url)).toBe(`one ${to}`);
      expect(await ask(kubectl, from, `${url}/cgi-bin/caller`)).toContain(await addressOf(from));
    }
  });

  it('finds a Service by its name and spreads over its pods', async () => {
    const heard = new Set<string>();
    for (let asked = 0; asked < 60 && heard.size < 3; asked += 1) {
      heard.add(await ask(kubectl, 'web-0', 'http://web.default.svc.cluster.local'));
    }
    expect([...heard].toSorted()).toEqual(['one web-0', 'one web-1', 'one web-2']);
  });

  it('finds a pod by its name in a headless Service', async () => {
    expect(await ask(kubectl, 'web-0', 'http://web-2.web-headless:8080')).toBe('one web-2');
  });

  it('keeps clusters apart, with pods and Services of the same names', async () => {
    expect(await ask(kubectlOfOther, 'web-0', 'http://web')).toBe('other web-0');
    expect(await ask(kubectlOfOther, 'web-0', 'http://web-0.web-headless:8080')).toBe('other web-0');
    const [a, b] = [await one.get(), await other.get()];
    expect(a.spec.network.podCIDR).not.toBe(b.spec.network.podCIDR);
  });

  it('lets masters reach pods without a tunnel', async () => {
    for (const pod of ['web-0', 'web-1', 'web-2']) {
      const path = `/api/v1/namespaces/default/pods/${pod}:8080/proxy/`;
      expect((await kubectl.run('get', '--raw', path)).trim()).toBe(`one ${pod}`);
    }
    const path = '/api/v1/namespaces/default/pods/web-0:8080/proxy/';
    expect((await kubectlOfOther.run('get', '--raw', path)).trim()).toBe('other web-0');
  });

  it('does not enforce NetworkPolicies, and says so', async () => {
    const { stderr } = await kubectl.tryApply(DENY_ALL);
    expect(stderr).toMatch(/^Warning: .* flannel, which enforces no NetworkPolicies/);
    const { status } = await one.condition('NetworkPoliciesEnforced', 'False');
    const { message } = findCondition(status?.conditions, 'NetworkPoliciesEnforced') ?? {};
    expect(message).toContain('default/deny-all');
    expect(await meta.berth('cluster', 'describe', one.name)).toContain('NetworkPoliciesEnforced');
    expect(await ask(kubectl, 'web-0', 'http://web-1.web-headless:8080')).toBe('one web-1');
  });

  it('takes a node away with its pods and its route', async () => {
    const node = `${one.name}-3`;
    const cidr = await kubectl.run('get', 'node', node, '-o', 'jsonpath={.spec.podCIDR}');
    expect(await meta.onNode('ip', 'route')).toContain(cidr);
    await meta.berth('node', 'remove', one.name, node);
    const list = await meta.api<{ items: { name: string }[] }>(`${one.path}/nodes`);
    expect(list.body.items.map(({ name }) => name)).toEqual([`${one.name}-1`, `${one.name}-2`]);
    const gone = async () => !(await meta.onNode('ip', 'route')).includes(cidr);
    await eventually(gone, 'the route to go');
  });
});
