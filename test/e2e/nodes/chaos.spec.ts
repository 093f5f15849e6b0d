import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { NodeView } from '../../../src/nodes/node-view.js';
import { Embedded } from '../../support/embedded.js';
import { eventually } from '../../support/eventually.js';
import type { Kubectl } from '../../support/kubectl.js';
import { Hosted } from '../hosting/hosted.js';

jest.setTimeout(300_000);

function pod(name: string): object {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name },
    spec: {
      containers: [
        { name: 'sleep', image: 'docker.io/library/busybox:stable', command: ['sleep', '1000000'] },
      ],
    },
  };
}

describe('a user node', () => {
  let meta: Embedded;
  let cluster: Hosted;
  let kubectl: Kubectl;
  let node: string;

  beforeAll(async () => {
    meta = await Embedded.open();
    cluster = await Hosted.create(meta, `chaos-${meta.run}`);
    await cluster.ready();
    node = `${cluster.name}-1`;
    await meta.berth('node', 'add', cluster.name, '--wait');
    kubectl = await cluster.kubectl();
    await runs('before');
  });

  afterAll(async () => {
    await cluster.requestDeletion();
    await meta.close();
  });

  const running = (name: string) =>
    kubectl.run('wait', '--for=condition=Ready', `pod/${name}`, '--timeout=120s');
  /** A new pod comes up on the node: kubelet, runtime and network do their work. */
  async function runs(name: string): Promise<void> {
    await kubectl.apply(pod(name));
    await running(name);
  }
  const view = async () => (await meta.api<NodeView>(`${cluster.path}/nodes/${node}`)).body;
  const pidOf = (program: string) => meta.onHost(node, 'pidof', program);

  it.each(['kubelet', 'containerd'])('goes on when its %s is killed', async (program) => {
    const before = await pidOf(program);
    await meta.onHost(node, 'sh', '-c', `kill -9 ${before}`);
    await eventually(
      async () => !['', before].includes(await pidOf(program).catch(() => '')),
      `a new ${program}`,
    );
    await runs(`after-${program}`);
    await running('before');
    const restarts = '{.status.containerStatuses[0].restartCount}';
    expect(await kubectl.run('get', 'pod', 'before', '-o', `jsonpath=${restarts}`)).toBe('0');
  });

  it('is shown as vanished when its machine dies, and is ready with its pods when it is back', async () => {
    process.kill(await meta.initOf(node), 'SIGKILL');
    await eventually(async () => (await view()).state === 'Vanished', 'the node to be given up', 120_000);
    expect((await view()).message).toContain('silent since');
    await meta.berth('up');
    await eventually(async () => (await view()).state === 'Ready', 'the node to be ready', 120_000);
    await running('before');
    await runs('after-all');
  });

  it('loses its host with its cluster', async () => {
    const host = meta.dir.node(node);
    expect(existsSync(host)).toBe(true);
    await cluster.delete();
    await eventually(() => Promise.resolve(!existsSync(host)), 'the host to be gone', 60_000);
  });
});
