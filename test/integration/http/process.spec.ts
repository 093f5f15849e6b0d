import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { KubeClient } from '../../../src/kube/client.js';
import { resources } from '../../../src/kube/resources.js';
import type { KubeObject } from '../../../src/kube/types.js';
import type { Cluster } from '../../../src/model/cluster.js';
import { berthResources } from '../../../src/model/kinds.js';
import { installBerth, TOKEN } from '../../support/berth-api.js';
import { berthChart, chartObject } from '../../support/berth-chart.js';
import { oneOfEach } from '../../support/export-records.js';
import { backupSettings, exportOf } from '../../support/export-file.js';
import { TestApiServer } from '../../support/kube-apiserver.js';
import { buildService, ServiceProcess } from '../../support/service-process.js';
import { freePort } from '../../support/free-port.js';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const LEASE = { namespace: 'berth-system', name: 'berth-reconcilers' };
const chart = berthChart('exposure: { type: NodePort }');

let meta: TestApiServer;
let client: KubeClient;
let directory: string;
const processes: ServiceProcess[] = [];

beforeAll(async () => {
  await buildService();
  meta = await TestApiServer.start({ users: { 'berth-api': [], 'berth-reconcilers': [] } });
  client = await meta.client();
  await installBerth(client);
  await grantRights();
  await addNode();
  directory = await mkdtemp(join(tmpdir(), 'berth-process-'));
  await writeFile(join(directory, 'tokens'), `${TOKEN}\n`);
}, 180_000);
afterAll(async () => {
  await Promise.all(processes.map((one) => one.stop('SIGKILL')));
  await meta.stop();
  await rm(directory, { recursive: true, force: true });
});

/** A process of a role, with the environment of the chart's Deployment and the rights of its service account. */
async function start(
  role: 'api' | 'reconcilers' | 'all',
  identity: string = role,
  user = `berth-${role}`,
  settings: Record<string, string> = {},
): Promise<ServiceProcess> {
  const kubeconfig = join(directory, `${role}.kubeconfig`);
  await writeFile(kubeconfig, await meta.kubeconfig(user));
  const own = {
    BERTH_KUBECONFIG: kubeconfig,
    BERTH_TOKEN_FILE: join(directory, 'tokens'),
    BERTH_IDENTITY: identity,
  };
  const url = `http://127.0.0.1:${await freePort()}`;
  const variables = {
    ...chartEnvironment(role === 'all' ? 'api' : role),
    BERTH_NAMESPACE: 'berth-system',
    ...own,
    ...settings,
  };
  const service = new ServiceProcess(url, variables, ['--role', role]);
  processes.push(service);
  await service.untilReady();
  return service;
}

/** The service accounts of the chart as users of the test API server: no more rights than they have. */
async function grantRights(): Promise<void> {
  const kinds = new Set(['ClusterRole', 'Role', 'ClusterRoleBinding', 'RoleBinding']);
  for (const object of chart.filter(({ kind }) => kinds.has(kind))) {
    const { subjects, ...rest } = object as KubeObject & { subjects?: { name: string }[] };
    const users = subjects?.map(({ name }) => ({
      kind: 'User',
      apiGroup: 'rbac.authorization.k8s.io',
      name,
    }));
    const namespace = object.kind.startsWith('Cluster') ? undefined : 'berth-system';
    const metadata = { ...object.metadata, namespace };
    await client.apply({ ...rest, metadata, ...(users && { subjects: users }) }, { fieldManager: 'test' });
  }
}

async function addNode(): Promise<void> {
  const node = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'meta' } };
  await client.create(node);
  const status = { addresses: [{ type: 'InternalIP', address: '10.1.2.3' }] };
  await client.patch(resources.Node, { name: 'meta' }, { status }, { subresource: 'status' });
}

function chartEnvironment(role: string): Record<string, string> {
  const deployment = chartObject(chart, 'Deployment', `berth-${role}`) as KubeObject & {
    spec: { template: { spec: { containers: { env: { name: string; value?: string }[] }[] } } };
  };
  const [container] = deployment.spec.template.spec.containers;
  return Object.fromEntries(
    (container?.env ?? []).flatMap(({ name, value }) => (value === undefined ? [] : [[name, value]])),
  );
}

async function createWithHost(name: string, host: string): Promise<void> {
  const namespace = `berth-c-${name}`;
  await client.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
  await client.create({
    apiVersion: 'berth.dev/v1alpha1',
    kind: 'Cluster',
    metadata: { name, namespace },
    spec: { version: '1.36.3', exposure: { type: 'NodePort', host } },
  });
}

const holder = async () => (await client.find(resources.Lease, LEASE))?.spec;

/** No API server refused anything for want of rights. */
async function forbidden(service: ServiceProcess): Promise<string[]> {
  const text = await (await fetch(new URL('/metrics', service.url))).text();
  expect(text).toContain('rest_client_requests_total{');
  return text.split('\n').filter((line) => line.includes('code="403"'));
}

describe('roles of the service, with the rights that the chart gives', () => {
  let api: ServiceProcess;
  const send = async (path: string, method = 'GET', body?: object, base = api.url) => {
    const response = await fetch(new URL(path, base), {
      method,
      headers: {
        authorization: `Bearer ${TOKEN}`,
        traceparent: `00-${TRACE}-00f067aa0ba902b7-01`,
        ...(body && { 'content-type': 'application/json' }),
      },
      body: body && JSON.stringify(body),
    });
    return { status: response.status, body: (await response.json()) as Cluster };
  };

  it('answers requests as role api', async () => {
    api = await start('api');
    const create = { metadata: { name: 'demo' }, spec: { version: '1.36.3' } };
    expect((await send('/api/v1/clusters', 'POST', create)).status).toBe(201);
    expect((await send('/api/v1/clusters', 'POST', create)).status).toBe(200);
    expect((await send('/api/v1/clusters/demo', 'PATCH', { spec: { displayName: 'Demo' } })).status).toBe(
      200,
    );
    expect((await send('/api/v1/tenants', 'POST', { metadata: { name: 'shop' }, spec: {} })).status).toBe(
      201,
    );
    expect((await send('/api/v1/tenants/shop?confirm=shop', 'DELETE')).status).toBe(202);
    expect((await send('/api/v1/clusters/demo/kubeconfig', 'POST', {})).status).toBe(409);
    expect(await forbidden(api)).toEqual([]);
    // It does not reconcile.
    expect(await holder()).toBeUndefined();
  }, 60_000);

  it('lets one of two reconcilers work, and the other one take over at once', async () => {
    const first = await start('reconcilers', 'first');
    await first.until(async () => (await holder())?.holderIdentity === 'first', 'the first leads');
    const second = await start('reconcilers', 'second');
    const { Cluster: clusters, Operation: operations } = berthResources;
    const demo = { namespace: 'berth-c-demo', name: 'demo' };
    await first.until(async () => {
      const { items } = await client.list(operations, { namespace: demo.namespace });
      return items.some(({ status }) => status?.steps.some(({ name }) => name === 'StartEtcd'));
    }, 'the masters are applied');
    // The record of the work is written before the status that came of it.
    await first.until(async () => {
      const { status } = await client.get(clusters, demo);
      return status?.pinned?.kubernetesVersion === '1.36.3';
    }, 'the masters are pinned');
    expect((await holder())?.holderIdentity).toBe('first');
    expect(await forbidden(first)).toEqual([]);
    // The trace of the request is on the record of its work and in what both processes logged.
    const { items: records } = await client.list(operations, { namespace: demo.namespace });
    expect(records[0]?.spec.cause).toMatchObject({ user: 'admin', traceId: TRACE });
    expect(first.output).toContain(`"traceId":"${TRACE}"`);
    expect(api.output).toContain(`"traceId":"${TRACE}"`);

    const stoppedAt = Date.now();
    expect(await first.stop()).toBe(0);
    await second.until(async () => (await holder())?.holderIdentity === 'second', 'the second leads');
    // Not the 15 s after which a lease nobody renews is free.
    expect(Date.now() - stoppedAt).toBeLessThan(10_000);

    expect((await send('/api/v1/clusters/demo?confirm=demo', 'DELETE')).status).toBe(202);
    await second.until(async () => (await client.find(clusters, demo)) === undefined, 'the cluster is gone');
    expect(await forbidden(second)).toEqual([]);
    expect(await second.stop()).toBe(0);
    expect(await api.stop('SIGINT')).toBe(0);
  }, 150_000);

  it('gives a host that two clusters ask for to one of them, and to the other when that is gone', async () => {
    const names = ['alpha', 'beta'];
    // Plain kubectl, or another API process at the same moment: nothing has refused them.
    for (const name of names) await createWithHost(name, 'shared.example');
    const all = await start('all', 'all', 'admin');
    const { Cluster: clusters } = berthResources;
    const read = (name: string) => client.find(clusters, { namespace: `berth-c-${name}`, name });
    await all.until(
      async () => (await Promise.all(names.map(read))).every((one) => one?.status?.observedGeneration),
      'both were looked at',
    );
    const [winner, loser] = await Promise.all(names.map(read));
    expect(winner?.status?.endpoint?.host).toBe('shared.example');
    expect(loser?.status?.endpoint).toBeUndefined();
    expect(loser?.status?.conditions).toContainEqual(
      expect.objectContaining({
        type: 'Stalled',
        status: 'True',
        reason: 'HostTaken',
        message: expect.stringContaining('alpha'),
      }),
    );
    expect((await send('/api/v1/clusters/alpha?confirm=alpha', 'DELETE', undefined, all.url)).status).toBe(
      202,
    );
    await all.until(
      async () => (await read('beta'))?.status?.endpoint?.host === 'shared.example',
      'the other has it',
    );
    expect(await all.stop()).toBe(0);
  }, 90_000);

  it('reads every kind once in role all, which is both', async () => {
    const all = await start('all', 'all', 'admin');
    await all.until(async () => (await holder())?.holderIdentity === 'all', 'it leads');
    await all.until(async () => (await watches('statefulsets')) === 1, 'the reconcilers watch');
    expect(await Promise.all(['clusters', 'operations', 'plans'].map(watches))).toEqual([1, 1, 1]);
    expect(await all.stop()).toBe(0);
  }, 60_000);

  it('takes a cluster in and out as role api', async () => {
    const settings = await backupSettings(directory);
    const transfers = await start('api', 'transfers', 'berth-api', settings);
    const authorization = { authorization: `Bearer ${TOKEN}` };
    const sent = await fetch(new URL('/api/v1/imports', transfers.url), {
      method: 'POST',
      headers: { ...authorization, 'content-type': 'application/octet-stream' },
      body: new Uint8Array(await exportOf(meta.etcdUrl, 'moved', settings, oneOfEach())),
    });
    expect(sent.status).toBe(201);
    const moved = { namespace: 'berth-c-moved', name: 'moved' };
    const status = { initializedAt: new Date().toISOString() };
    await client.patch(berthResources.Cluster, moved, { status }, { subresource: 'status' });
    const path = '/api/v1/clusters/moved/export';
    await transfers.until(async () => {
      const answer = await fetch(new URL(path, transfers.url), { headers: authorization });
      return answer.ok && (await answer.arrayBuffer()).byteLength > 0;
    }, 'it is exported again');
    expect(await forbidden(transfers)).toEqual([]);
    expect(await transfers.stop()).toBe(0);
  }, 60_000);

  it('says what is wrong with its configuration, and does not start', async () => {
    const service = new ServiceProcess('http://127.0.0.1:1', {
      BERTH_ROLE: 'both',
      BERTH_RATE_LIMIT: 'many',
    });
    expect(await service.exited).toBe(1);
    expect(service.output).toMatch(/BERTH_ROLE .*BERTH_RATE_LIMIT .*docs\/configuration\.md/s);
  }, 20_000);
});

/** How many watches of a resource the API server serves. */
async function watches(resource: string): Promise<number> {
  const { body } = await client.raw({ method: 'GET', path: '/metrics' });
  const line = new RegExp(
    `^apiserver_longrunning_requests\\{.*resource="${resource}".*verb="WATCH".*\\} (\\d+)$`,
    'm',
  );
  return Number(line.exec(body)?.[1] ?? 0);
}
