import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { run } from '../../../src/core/process.js';
import { resources } from '../../../src/kube/resources.js';
import type { KubeObject } from '../../../src/kube/types.js';
import type { Cluster } from '../../../src/model/cluster.js';
import { isTrue } from '../../../src/model/conditions.js';
import { CONTAINERD_SOCKET } from '../../../src/local/node/container-runtime.js';
import { berthImage } from '../../support/berth-image.js';
import { Embedded } from '../../support/embedded.js';
import { helmBinary } from '../../support/helm-binary.js';
import { Hosted } from './hosted.js';

jest.setTimeout(300_000);

const CHART = join(import.meta.dirname, '..', '..', '..', 'charts', 'berth');
const NAMESPACE = 'berth-system';
const IMAGE = { repository: 'docker.io/library/berth', tag: 'e2e' };
const CTR = ['--address', CONTAINERD_SOCKET, '--namespace', 'k8s.io', 'images'];

describe('Berth installed with its chart', () => {
  let meta: Embedded;
  let hosted: Hosted;
  let service: string;
  let token: string;

  beforeAll(async () => {
    meta = await Embedded.open();
    hosted = new Hosted(meta, 'by-chart');
    const address = (await meta.serviceEnvironment())['BERTH_INGRESS_ADDRESS'] ?? '';
    await importImage();
    await meta.stopService();
    await install(address);
    service = await serviceUrl();
    token = await firstToken();
  });

  afterAll(async () => {
    await helm('uninstall', 'berth', '--wait', '--timeout', '60s');
    await meta.client.delete(resources.Secret, { namespace: NAMESPACE, name: 'berth-tokens' });
    await meta.onNode('ctr', ...CTR, 'rm', `${IMAGE.repository}:${IMAGE.tag}`);
    await meta.berth('up', '--no-install');
    await hosted.requestDeletion();
    await meta.close();
  });

  async function importImage(): Promise<void> {
    // Visible inside of the node.
    const scratch = join(meta.dir.node('meta'), `image-${meta.run}`);
    await mkdir(scratch, { recursive: true });
    try {
      const archive = await berthImage(`${IMAGE.repository}:${IMAGE.tag}`, scratch);
      await meta.onNode('ctr', ...CTR, 'import', archive);
    } finally {
      await rm(scratch, { recursive: true });
    }
  }

  const helm = async (...args: string[]): Promise<string> =>
    run(await helmBinary(), ['--kubeconfig', meta.dir.kubeconfig, '--namespace', NAMESPACE, ...args]);

  /** Plans, versions and the tenant are there already: `berth up` has brought them. */
  async function install(address: string): Promise<void> {
    const values = {
      'image.repository': IMAGE.repository,
      'image.tag': IMAGE.tag,
      'catalogue.install': 'false',
      'exposure.address': address,
    };
    const settings = Object.entries(values).flatMap(([name, value]) => ['--set', `${name}=${value}`]);
    await helm('install', 'berth', CHART, ...settings, '--wait', '--timeout', '180s');
  }

  async function serviceUrl(): Promise<string> {
    const { spec } = await meta.client.get(resources.Service, { namespace: NAMESPACE, name: 'berth' });
    return `http://${spec?.clusterIP}:8600`;
  }

  async function firstToken(): Promise<string> {
    const ref = { namespace: NAMESPACE, name: 'berth-tokens' };
    const { data } = await meta.client.get(resources.Secret, ref);
    return (
      Buffer.from(data?.['tokens'] ?? '', 'base64')
        .toString()
        .split(',')[0] ?? ''
    ).trim();
  }

  const send = async (
    path: string,
    method = 'GET',
    body?: object,
  ): Promise<{ status: number; body: unknown }> => {
    const answer = await fetch(new URL(path, service), {
      method,
      headers: { authorization: `Bearer ${token}`, ...(body && { 'content-type': 'application/json' }) },
      body: body && JSON.stringify(body),
    });
    return { status: answer.status, body: await answer.json() };
  };

  async function pods(): Promise<(KubeObject & { status?: { podIP?: string } })[]> {
    const labelSelector = 'app.kubernetes.io/instance=berth';
    return (await meta.client.list(resources.Pod, { namespace: NAMESPACE, labelSelector })).items;
  }

  it('runs two pods of each role, of which one reconciles', async () => {
    const names = (await pods()).map(({ metadata }) => metadata.name);
    expect(names.filter((name) => name.startsWith('berth-api-'))).toHaveLength(2);
    const reconcilers = names.filter((name) => name.startsWith('berth-reconcilers-'));
    expect(reconcilers).toHaveLength(2);
    await meta.until(resources.Lease, 'one of them to lead', (leases) => {
      const holder = leases.get({ namespace: NAMESPACE, name: 'berth-reconcilers' })?.spec?.holderIdentity;
      return holder !== undefined && reconcilers.includes(holder);
    });
  });

  it('brings a cluster that plain kubectl asks for, and hands out its kubeconfig', async () => {
    const { name } = hosted;
    await hosted.apply();
    await hosted.ready();
    const shown = await send(hosted.path);
    expect(shown.status).toBe(200);
    expect(isTrue((shown.body as Cluster).status?.conditions, 'Ready')).toBe(true);
    const { body } = await send(`${hosted.path}/kubeconfig`, 'POST', {});
    const kubectl = await meta.kubectlWith((body as { kubeconfig: string }).kubeconfig, name);
    await expect(kubectl.run('auth', 'whoami', '-o', 'jsonpath={.status.userInfo.username}')).resolves.toBe(
      'admin',
    );
  });

  it('takes it away again', async () => {
    expect((await send(`${hosted.path}?confirm=${hosted.name}`, 'DELETE')).status).toBe(202);
    await hosted.gone();
  });

  it('has the rights that it needs for all that', async () => {
    for (const { metadata, status } of await pods()) {
      const text = await (await fetch(`http://${status?.podIP}:8600/metrics`)).text();
      const refused = text.split('\n').filter((line) => line.includes('code="403"'));
      expect([metadata.name, refused]).toEqual([metadata.name, []]);
    }
  });
});
