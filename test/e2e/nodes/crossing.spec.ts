/**
 * What crosses between masters and nodes, with real kubectl: logs, exec, attach, port-forward, cp, top (an aggregated
 * API) and an admission webhook in a pod; and the other way a client in a pod that outlives a restart of the API server.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { resources } from '../../../src/kube/resources.js';
import { Embedded } from '../../support/embedded.js';
import { eventually } from '../../support/eventually.js';
import type { Kubectl } from '../../support/kubectl.js';
import { addNode, toolsPod } from '../../support/user-node.js';
import { servedWebhook } from '../../support/webhook.js';
import { Hosted } from '../hosting/hosted.js';

let meta: Embedded;
let cluster: Hosted;
let kubectl: Kubectl;
let directory: string;

beforeAll(async () => {
  meta = await Embedded.open();
  directory = await mkdtemp(join(tmpdir(), 'berth-crossing-'));
  cluster = await Hosted.create(meta, `crossing-${meta.run}`);
  await cluster.ready(300_000);
  kubectl = await cluster.kubectl();
  await addNode(meta, cluster.name);
  await kubectl.run(
    'create',
    'clusterrolebinding',
    'lister',
    '--clusterrole=view',
    '--serviceaccount=default:default',
  );
  await kubectl.apply(
    toolsPod('web', { args: ['netexec', '--http-port=8080'] }),
    toolsPod('echo', { command: ['cat'], stdin: true }),
    toolsPod('client', { command: ['sh', '-c', CLIENT] }),
  );
  await kubectl.run('wait', 'pod', '--all', '--for=condition=Ready', '--timeout=240s');
}, 900_000);
afterAll(async () => {
  await cluster?.delete();
  await meta?.close();
  await rm(directory, { recursive: true, force: true });
}, 180_000);

/** Lists its namespace every second by the configuration that every pod has. */
const CLIENT =
  'while :; do kubectl get pods -o name --request-timeout=5s >/dev/null && echo listed || echo failed; sleep 1; done';

it('logs', async () => {
  expect(await kubectl.run('logs', 'web')).toMatch(/Started HTTP server on port 8080/);
}, 60_000);

it('exec', async () => {
  expect(await kubectl.run('exec', 'web', '--', 'sh', '-c', 'echo from $HOSTNAME')).toBe('from web\n');
  expect(await kubectl.try('exec', 'web', '--', 'sh', '-c', 'exit 7')).toMatchObject({ code: 7 });
}, 60_000);

it('attach', async () => {
  const child = spawn(meta.kubectlCommand, ['--kubeconfig', kubectl.kubeconfig, 'attach', '-i', 'echo']);
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stdin.write('hello\n');
  await eventually(() => Promise.resolve(output.includes('hello')), 'the echo', 30_000);
  child.kill();
}, 60_000);

it('cp, both ways', async () => {
  const [sent, received] = [join(directory, 'sent'), join(directory, 'received')];
  await writeFile(sent, 'contents');
  await kubectl.run('cp', sent, 'web:/tmp/file');
  await kubectl.run('cp', 'web:/tmp/file', received);
  expect(await readFile(received, 'utf8')).toBe('contents');
}, 60_000);

it('port-forward', async () => {
  const args = ['--kubeconfig', kubectl.kubeconfig, 'port-forward', 'pod/web', ':8080'];
  const child = spawn(meta.kubectlCommand, args);
  try {
    const [line] = (await once(child.stdout, 'data')) as [Buffer];
    const [, port] = /127\.0\.0\.1:(\d+)/.exec(line.toString()) ?? [];
    expect(await (await fetch(`http://127.0.0.1:${port}/hostname`)).text()).toBe('web');
  } finally {
    child.kill();
  }
}, 60_000);

it('top, an API that is served by a pod', async () => {
  const top = () => kubectl.try('top', 'node', '--no-headers');
  await eventually(async () => (await top()).code === 0, 'measurements', 150_000);
  expect((await top()).stdout).toMatch(/^crossing-\S+\s+\d+m/);
}, 180_000);

it('an admission webhook in a pod', async () => {
  await kubectl.apply(...(await servedWebhook('default')));
  await kubectl.run('wait', 'pod', 'webhook', '--for=condition=Ready', '--timeout=120s');
  await eventually(
    async () =>
      /denied the request/.test((await kubectl.try('create', 'configmap', 'no', '-n=tested')).stderr),
    'the webhook to deny',
  );
}, 240_000);

it('a client in a pod goes on after a restart of the API server', async () => {
  const lastLines = async () => (await kubectl.try('logs', 'client', '--tail=3')).stdout.trim().split('\n');
  await eventually(async () => (await lastLines()).at(-1) === 'listed', 'the client to list its namespace');
  const selector = 'app.kubernetes.io/component=kube-apiserver';
  await meta.kubectl.run(
    '-n',
    cluster.namespace,
    'delete',
    'pods',
    '-l',
    selector,
    '--grace-period=0',
    '--force',
  );
  await meta.until(
    resources.Deployment,
    'a new API server',
    (deployments) => {
      const found = deployments.get({ namespace: cluster.namespace, name: 'kube-apiserver' });
      return found?.status?.readyReplicas === 1 && found.status.unavailableReplicas === undefined;
    },
    120_000,
  );
  const listedAgain = async () => (await lastLines()).every((line) => line === 'listed');
  await eventually(listedAgain, 'three lists in a row', 120_000);
  expect(
    await kubectl.run('get', 'pod', 'client', '-o=jsonpath={.status.containerStatuses[0].restartCount}'),
  ).toBe('0');
}, 300_000);
