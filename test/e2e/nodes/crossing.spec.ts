/**
 * What crosses between masters and nodes without a tunnel, with real kubectl: logs, exec, attach, port-forward, cp, top,
 * an admission webhook and aggregated APIs in pods; and the other way clients in pods that outlive a restart of the API
 * server.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { labels } from '../../../src/model/names.js';
import { servedApi } from '../../support/aggregated-api.js';
import { Embedded } from '../../support/embedded.js';
import { eventually } from '../../support/eventually.js';
import type { Kubectl } from '../../support/kubectl.js';
import { addNode, toolsPod } from '../../support/user-node.js';
import { servedWebhook } from '../../support/webhook.js';
import { Hosted } from '../hosting/hosted.js';

jest.setTimeout(240_000);

/**
 * Lists its namespace every second by the configuration that every pod has. kubectl takes that only when no flag tells
 * anything about the connection, so its patience is cut from outside.
 */
const LISTER =
  'while :; do timeout 10 kubectl get pods -o name >/dev/null && echo listed || echo failed; sleep 1; done';

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
  const account = '--serviceaccount=default:default';
  await kubectl.run('create', 'clusterrolebinding', 'viewer', '--clusterrole=view', account);
  await kubectl.apply(
    toolsPod('web', { args: ['netexec', '--http-port=8080'] }),
    toolsPod('echo', { command: ['cat'], stdin: true }),
    toolsPod('lister', { command: ['sh', '-c', LISTER] }),
    toolsPod('poller', { args: ['inclusterclient', '--poll-interval=1'] }),
    ...(await servedWebhook('default')),
    ...(await servedApi('default')),
  );
  await kubectl.run('wait', 'pod', '--all', '--for=condition=Ready', '--timeout=180s');
});
afterAll(async () => {
  await cluster?.requestDeletion();
  await meta?.close();
});

it('logs, whole and followed', async () => {
  expect(await kubectl.run('logs', 'web')).toMatch(/Started HTTP server on port 8080/);
  const following = kubectl.start('logs', '-f', 'lister', '--tail=1');
  try {
    const lines = () => following.output.match(/listed/g)?.length ?? 0;
    await eventually(() => Promise.resolve(lines() >= 3), 'lines that are written meanwhile');
  } finally {
    await following.kill();
  }
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

it('clients in pods go on after a restart of the API server', async () => {
  await eventually(() => lists(), 'lists');
  await replaceApiServer();
  const after = new Date();
  await eventually(() => lists(after), 'lists again', 120_000);
  await eventually(() => polls(after), 'a client that keeps its connection', 120_000);
  const restarts = '-o=jsonpath={.items[*].status.containerStatuses[0].restartCount}';
  const selector = '-l=app in (lister,poller)';
  expect(await kubectl.run('get', 'pods', selector, restarts)).toBe('0 0');
});

/** Whether the last four lists went well, all of them after a moment. */
async function lists(after?: Date): Promise<boolean> {
  const lines = await lastLines('lister', 4, after);
  return lines.length === 4 && lines.every((line) => line === 'listed');
}

/** Whether the long-lived client has polled after a moment, and none of its last polls failed. */
async function polls(after: Date): Promise<boolean> {
  const lines = await lastLines('poller', 6, after);
  return lines.some((line) => /calling/.test(line)) && !lines.some((line) => /failed|error/.test(line));
}

async function lastLines(pod: string, count: number, after?: Date): Promise<string[]> {
  const since = after ? [`--since-time=${after.toISOString()}`] : [];
  const { stdout } = await kubectl.try('logs', pod, `--tail=${count}`, ...since);
  return stdout.trim().split('\n');
}

/** Ends the pods of the API server at once, as a crash of their node would, and waits for new ones. */
async function replaceApiServer(): Promise<void> {
  const { namespace } = cluster;
  const before = await cluster.pods('kube-apiserver');
  const selector = `-l=${labels.component}=kube-apiserver`;
  await meta.kubectl.run('-n', namespace, 'delete', 'pods', selector, '--grace-period=0', '--force');
  await cluster.replaced('kube-apiserver', before);
}

async function available(apiService: string): Promise<void> {
  await kubectl.run('wait', `apiservice/${apiService}`, '--for=condition=Available', '--timeout=60s');
}
