import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { findCondition } from '../../../src/model/conditions.js';
import { resources } from '../../../src/kube/resources.js';
import { eventually } from '../../support/eventually.js';
import { Embedded } from '../../support/embedded.js';
import { accessOf, Hosted } from './hosted.js';

jest.setTimeout(180_000);

describe('ways to an API server', () => {
  let meta: Embedded;
  const hosted: Hosted[] = [];

  beforeAll(async () => {
    meta = await Embedded.open();
  });

  afterAll(async () => {
    await Promise.all(hosted.map((cluster) => cluster.requestDeletion()));
    await meta.close();
  });

  async function create(name: string, exposure: object): Promise<Hosted> {
    const cluster = await Hosted.create(meta, name, { exposure });
    hosted.push(cluster);
    return cluster;
  }

  it('NodePort: its own port on the nodes, which stays when the Service is made again', async () => {
    const cluster = await create('by-port', { type: 'NodePort' });
    const { endpoint } = (await cluster.ready()).status ?? {};
    const kubectl = await cluster.kubectl();
    await expect(kubectl.run('get', 'namespaces', '-o', 'name')).resolves.toMatch(/namespace\/default/);
    expect((await accessOf(kubectl)).server).toBe(`https://${endpoint?.address}:${endpoint?.port}`);
    expect(endpoint?.port).toBeGreaterThanOrEqual(30_000);
    const ref = { namespace: cluster.namespace, name: 'kube-apiserver' };
    const { uid } = (await meta.client.get(resources.Service, ref)).metadata;
    await meta.client.delete(resources.Service, ref);
    const again = await meta.until(resources.Service, 'the Service to be back', (services) => {
      const live = services.get(ref);
      return live !== undefined && live.metadata.uid !== uid && live;
    });
    expect(again.spec?.ports?.map(({ nodePort }) => nodePort)).toEqual([endpoint?.port]);
    // kubectl itself retries nothing: the node may need a moment to send the port on again.
    await eventually(async () => (await kubectl.try('get', 'namespaces')).code === 0, 'the port to answer');
    expect((await cluster.ready()).status?.endpoint).toEqual(endpoint);
  });

  it("Ingress of Traefik: the shared address, by a host name of one's own", async () => {
    const host = 'api.ingress.example';
    const cluster = await create('by-ingress', { type: 'Ingress', ingressClass: 'traefik', host });
    await cluster.ready();
    const kubectl = await cluster.kubectl();
    await expect(kubectl.run('get', 'namespaces', '-o', 'name')).resolves.toMatch(/namespace\/default/);
    expect(await accessOf(kubectl)).toMatchObject({ serverName: host });
    await expect(kubectl.run('auth', 'whoami', '-o', 'jsonpath={.status.userInfo.username}')).resolves.toBe(
      'admin',
    );
  });

  it('an Ingress that no controller takes: the cluster is not ready before it answers there, and says so', async () => {
    const cluster = await create('by-nobody', { type: 'Ingress', ingressClass: 'nginx' });
    await cluster.condition('SchedulerReady', 'True');
    const { status } = await cluster.condition('EndpointReachable', 'False');
    expect(findCondition(status?.conditions, 'Ready')).toMatchObject({
      status: 'False',
      reason: 'EndpointNotReached',
      message: expect.stringContaining(status?.endpoint?.host ?? 'its host') as unknown,
    });
  });

  it('LoadBalancer: waits for an address, and takes the one that the cloud gives', async () => {
    const cluster = await create('by-balancer', { type: 'LoadBalancer' });
    const waiting = await cluster.condition('Ready', 'False');
    expect(waiting.status?.conditions).toContainEqual(
      expect.objectContaining({ type: 'Ready', reason: 'LoadBalancerPending' }),
    );
    const ref = { namespace: cluster.namespace, name: 'kube-apiserver' };
    // What a cloud would do; kube-proxy then takes what is sent to this address to the Service.
    const address = (await meta.client.get(resources.Service, ref)).spec?.clusterIP ?? '';
    await meta.client.patch(
      resources.Service,
      ref,
      { status: { loadBalancer: { ingress: [{ ip: address }] } } },
      { subresource: 'status' },
    );
    const { endpoint } = (await cluster.ready()).status ?? {};
    expect(endpoint).toMatchObject({ address, port: 6443, internalAddresses: [address], internalPort: 6443 });
    await expect((await cluster.kubectl()).run('get', 'namespaces', '-o', 'name')).resolves.toMatch(
      /namespace\/default/,
    );
  });
});
