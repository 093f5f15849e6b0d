/**
 * What crosses between masters and nodes without a tunnel, with real kubectl: logs, exec, attach, port-forward, cp, top,
 * an admission webhook and aggregated APIs in pods.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { servedApi } from '../../support/aggregated-api.js';
import { Embedded } from '../../support/embedded.js';
import { eventually } from '../../support/eventually.js';
import type { Kubectl } from '../../support/kubectl.js';
import { addNode, toolsPod } from '../../support/user-node.js';
import { servedWebhook } from '../../support/webhook.js';
import { Hosted } from '../hosting/hosted.js';

jest.setTimeout(240_000);

let meta: Embedded;
let cluster: Hosted;
let kubectl: Kubectl;
let node: string;

beforeAll(async () => {
  meta = await Embedded.open();
  cluster = await Hosted.create(meta, `crossing-${meta.run}`);
  await cluster.ready();
  kubectl = await cluster.kubectl();
  node = (await addNode(meta, cluster.name)).record.name;
  await kubectl.apply(
    toolsPod('web', { args: ['netexec', '--http-port=8080'] }),
    toolsPod('echo', { command: ['cat'], stdin: true }),
    ...(await servedWebhook('default')),
    ...(await servedApi('default')),
  );
  await kubectl.run('wait', 'pod', '--all', '--for=condition=Ready', '--timeout=180s');
});
afterAll(async () => {
  await cluster?.requestDeletion();
  await meta?.close();
});

it('logs', async () => {
  expect(await kubectl.run('logs', 'web')).toMatch(/Started HTTP server on port 8080/);
});

it('exec, with the exit code of the command', async () => {
  expect(await kubectl.run('exec', 'web', '--', 'sh', '-c', 'echo from $HOSTNAME')).toBe('from web\n');
  expect(await kubectl.try('exec', 'web', '--', 'sh', '-c', 'exit 7')).toMatchObject({ code: 7 });
});

it('attach, with standard input', async () => {
  const attached = kubectl.start('attach', '-i', 'echo');
  try {
    attached.type('hello\n');
    await attached.wrote('hello');
  } finally {
    await attached.kill();
  }
});

it('cp, both ways', async () => {
  const [sent, received] = [join(meta.scratch, 'sent'), join(meta.scratch, 'received')];
  const contents = 'contents\n'.repeat(100_000);
  await writeFile(sent, contents);
  await kubectl.run('cp', sent, 'web:/tmp/file');
  await kubectl.run('cp', 'web:/tmp/file', received);
  expect(await readFile(received, 'utf8')).toBe(contents);
});

it('port-forward, for one request after the other', async () => {
  const forwarding = kubectl.start('port-forward', 'pod/web', ':8080');
  try {
    await forwarding.wrote('Forwarding from 127.0.0.1');
    const [, port] = /127\.0\.0\.1:(\d+)/.exec(forwarding.output) ?? [];
    const hostName = async () => (await fetch(`http://127.0.0.1:${port}/hostname`)).text();
    expect([await hostName(), await hostName()]).toEqual(['web', 'web']);
  } finally {
    await forwarding.kill();
  }
});

it('an admission webhook in a pod, and what it is not asked about', async () => {
  const create = (namespace: string) => kubectl.try('create', 'configmap', 'made', `-n=${namespace}`);
  await eventually(
    async () => /denied the request/.test((await create('tested')).stderr),
    'the webhook to deny',
  );
  expect(await kubectl.run('get', 'configmaps', '-n=tested', '-o=name')).not.toContain('made');
  expect(await create('default')).toMatchObject({ code: 0 });
});

it("a user's own aggregated API in a pod", async () => {
  const api = 'external.metrics.k8s.io';
  await available(`v1beta1.${api}`);
  const path = `/apis/${api}/v1beta1/namespaces/default/http_requests_total`;
  expect(JSON.parse(await kubectl.run('get', '--raw', path))).toMatchObject({
    items: [{ metricName: 'http_requests_total', value: '500' }],
  });
  expect(await kubectl.run('api-resources', `--api-group=${api}`)).toContain('ExternalMetricValueList');
});

it('top, by the aggregated API of metrics-server', async () => {
  await eventually(
    async () => (await kubectl.try('get', 'apiservice', 'v1beta1.metrics.k8s.io')).code === 0,
    'metrics-server to serve',
    120_000,
  );
  await available('v1beta1.metrics.k8s.io');
  const figures = async (...what: string[]) => (await kubectl.try('top', ...what, '--no-headers')).stdout;
  const shown = async (...what: string[]) => / \d+m .* \d+Mi/.test(await figures(...what));
  await eventually(() => shown('node', node), 'figures of the node');
  await eventually(() => shown('pod', 'web'), 'figures of a pod');
});

async function available(apiService: string): Promise<void> {
  await kubectl.run('wait', `apiservice/${apiService}`, '--for=condition=Available', '--timeout=60s');
}
