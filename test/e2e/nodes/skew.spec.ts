/** Kubelets one and two minors behind the masters join and run pods; one ahead is refused before it joins. */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Embedded } from '../../support/embedded.js';
import type { Kubectl } from '../../support/kubectl.js';
import { addNode, toolsPod } from '../../support/user-node.js';
import { Hosted } from '../hosting/hosted.js';

let meta: Embedded;
let clusters: { newest: Hosted; middle: Hosted };
let kubectl: Kubectl;

beforeAll(async () => {
  meta = await Embedded.open();
  clusters = {
    newest: await Hosted.create(meta, `skew-${meta.run}`, { version: '1.37.0' }),
    middle: await Hosted.create(meta, `older-${meta.run}`, { version: '1.36.3' }),
  };
  await Promise.all(Object.values(clusters).map((cluster) => cluster.ready(300_000)));
  kubectl = await clusters.newest.kubectl();
}, 400_000);
afterAll(async () => {
  await Promise.all(Object.values(clusters ?? {}).map((cluster) => cluster.delete()));
  await meta?.close();
}, 180_000);

it.each(['1.36.3', '1.35.4'])(
  'a node of %s joins masters of 1.37.0 and runs a pod',
  async (version) => {
    const node = await addNode(meta, clusters.newest.name, { version });
    const { name } = node.record;
    const told = await kubectl.run('get', 'node', name, '-o=jsonpath={.status.nodeInfo.kubeletVersion}');
    expect(told).toBe(`v${version}`);
    const pod = `on-${version.replaceAll('.', '-')}`;
    await kubectl.apply(toolsPod(pod, { args: ['netexec'], spec: { nodeName: name } }));
    await kubectl.run('wait', 'pod', pod, '--for=condition=Ready', '--timeout=240s');
    expect(await kubectl.run('exec', pod, '--', 'sh', '-c', 'echo runs')).toBe('runs\n');
    const log = await readFile(join(node.host.logsDir, 'kubelet', 'current'), 'utf8');
    // The configuration in the cluster is one that it reads whole.
    expect(log).not.toMatch(/lenient decoding/);
  },
  600_000,
);

it('a node of 1.37.0 is refused by masters of 1.36.3 before it joins', async () => {
  const newer = ['--kubernetes-version', '1.37.0'];
  const { code, stderr } = await meta.tryBerth(['node', 'add', clusters.middle.name, ...newer]);
  expect(code).not.toBe(0);
  expect(stderr).toContain(
    'version skew: kubelet v1.37.0 is newer than the masters (1.36.3); install kubelet 1.36',
  );
  const older = await clusters.middle.kubectl();
  expect(await older.run('get', 'nodes', '-o=name')).toBe('');
  expect(await older.run('get', 'csr', '-o=name')).toBe('');
}, 300_000);
