/** Nodes that the masters cannot dial, such as behind NAT: all goes through the tunnel that their agents open. */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { konnectivityImage } from '../../../src/control-plane/konnectivity/konnectivity.js';
import { COMPONENT_VERSIONS } from '../../../src/local/binaries/releases.js';
import type { UserNode } from '../../../src/local/user-nodes/user-node.js';
import { Embedded } from '../../support/embedded.js';
import { eventually } from '../../support/eventually.js';
import type { Kubectl } from '../../support/kubectl.js';
import { addNode, TOOLS, toolsPod } from '../../support/user-node.js';
import { servedWebhook } from '../../support/webhook.js';
import { Hosted } from '../hosting/hosted.js';

const AGENT = {
  reference: konnectivityImage('proxy-agent'),
  commands: [{ command: 'proxy-agent', version: COMPONENT_VERSIONS.konnectivity }],
  entrypoint: ['/usr/local/bin/proxy-agent'],
};

let meta: Embedded;
let cluster: Hosted;
let kubectl: Kubectl;
let node: UserNode;
let rule: string[];

beforeAll(async () => {
  meta = await Embedded.open();
  cluster = await Hosted.create(meta, `tunnel-${meta.run}`, { konnectivity: { enabled: true } });
  await cluster.ready(300_000);
  kubectl = await cluster.kubectl();
  node = await addNode(meta, cluster.name, { images: [TOOLS, AGENT] });
  rule = ['-d', node.host.address, '-m', 'conntrack', '--ctstate', 'NEW', '-j', 'DROP'];
  await meta.onNode('iptables', '-I', 'FORWARD', ...rule);
  await kubectl.run('-n=kube-system', 'rollout', 'status', 'ds/konnectivity-agent', '--timeout=240s');
  await kubectl.apply(toolsPod('web', { args: ['netexec'] }));
  await kubectl.run('wait', 'pod', '--all', '--for=condition=Ready', '--timeout=240s');
}, 900_000);
afterAll(async () => {
  if (rule) await meta.onNode('iptables', '-D', 'FORWARD', ...rule);
  await cluster?.delete();
  await meta?.close();
}, 180_000);

it('logs and exec come through the tunnel', async () => {
  await eventually(async () => (await kubectl.try('logs', 'web')).code === 0, 'logs');
  expect(await kubectl.run('logs', 'web')).toMatch(/Started HTTP server/);
  expect(await kubectl.run('exec', 'web', '--', 'sh', '-c', 'echo through')).toBe('through\n');
}, 120_000);

it('an admission webhook in a pod is asked through the tunnel', async () => {
  await kubectl.apply(...(await servedWebhook('default')));
  await kubectl.run('wait', 'pod', 'webhook', '--for=condition=Ready', '--timeout=120s');
  await eventually(
    async () =>
      /denied the request/.test((await kubectl.try('create', 'configmap', 'no', '-n=tested')).stderr),
    'the webhook to deny',
  );
}, 240_000);

it('servers are counted by leases', async () => {
  const selector = '-l=k8s-app=konnectivity-server';
  const leases = await kubectl.run('-n=kube-system', 'get', 'leases', selector, '-o=name');
  expect(leases.trim().split('\n')).toHaveLength(1);
}, 60_000);
