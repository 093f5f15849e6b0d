import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { run, tryRun } from '../../../src/core/process.js';
import { identify } from '../../../src/local/process-identity.js';
import { waitUntil } from '../../../src/local/wait.js';
import { Embedded } from '../../support/embedded.js';
import { eventually } from '../../support/eventually.js';
import { TestInstallation } from '../../support/installation.js';
import { type MachineSnapshot, machineSnapshot, processesOf } from '../../support/machine-snapshot.js';

jest.setTimeout(300_000);

const PODS_AND_RESTARTS =
  'jsonpath={range .items[*]}{.metadata.uid} {.status.containerStatuses[*].restartCount};{end}';
/** What only its command line has. */
const KUBELET = 'config=/var/lib/kubelet';
const labels = { app: 'store' };
const claim = {
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { name: 'store' },
  spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
};
const service = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'store' },
  spec: { selector: labels, ports: [{ port: 80, targetPort: 2379 }] },
};
/** An etcd that keeps its data on a volume and runs as nobody in particular. */
const deployment = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'store' },
  spec: {
    selector: { matchLabels: labels },
    strategy: { type: 'Recreate' },
    template: {
      metadata: { labels },
      spec: {
        securityContext: { runAsNonRoot: true, runAsUser: 12345, runAsGroup: 12345 },
        volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'store' } }],
        containers: [
          {
            name: 'etcd',
            image: 'registry.k8s.io/etcd:3.6.16-0',
            command: ['etcd', '--data-dir=/data/etcd', '--listen-client-urls=http://0.0.0.0:2379'],
            args: ['--advertise-client-urls=http://127.0.0.1:2379'],
            volumeMounts: [{ name: 'data', mountPath: '/data' }],
            readinessProbe: { httpGet: { path: '/health', port: 2379 }, periodSeconds: 1 },
          },
        ],
      },
    },
  },
};

const STORE = ['exec', 'deploy/store', '--', 'etcdctl'];

describe('an embedded meta-cluster of its own, beside another one', () => {
  let neighbour: Embedded;
  let installation: TestInstallation;
  let before: MachineSnapshot;
  let others: RegExp;

  beforeAll(async () => {
    neighbour = await Embedded.open();
    installation = await TestInstallation.create();
    // Other installations live on meanwhile, their nodes come and go, and so do the tests' temporary files.
    const names = (await bridges()).map((name) => `${name}(?!\\d)`);
    others = new RegExp([...names, `${neighbour.dir.root}\\b`, '/tmp/'].join('|'));
    before = await machineSnapshot(others);
    await installation.berth('up');
  });

  afterAll(async () => {
    await installation.remove();
    await neighbour.close();
  });

  /** A kubelet that has just started does not know its pods yet, and sends nobody in to them. */
  const keepsItsData = (): Promise<void> =>
    eventually(
      async () => {
        const { code, stdout } = await installation.kubectl.try(...STORE, 'get', 'ship');
        return code === 0 && stdout.includes('berth');
      },
      'the store to answer with its data',
      30_000,
    );
  const rolledOut = (): Promise<string> =>
    installation.kubectl.run('rollout', 'status', 'deploy/store', '--timeout=120s');

  it('says that every part is healthy', async () => {
    const { code, stdout } = await installation.tryBerth('status');
    expect(stdout).not.toMatch(/unhealthy|stopped/);
    expect(code).toBe(0);
  });

  it('gives a pod that is not root a volume, and the machine a way to its Service', async () => {
    await installation.kubectl.apply(claim, service, deployment);
    await rolledOut();
    await installation.kubectl.run(...STORE, 'put', 'ship', 'berth');
    const address = await installation.kubectl.run('get', 'svc/store', '-o', 'jsonpath={.spec.clusterIP}');
    const isReached = () =>
      fetch(`http://${address}/health`, { signal: AbortSignal.timeout(2_000) }).then(
        async (answer) => (await answer.text()).includes('"health":"true"'),
        () => false,
      );
    await eventually(isReached, 'the Service to answer', 30_000);
  });

  it('has nothing to do when it is brought up again', async () => {
    const running = () =>
      Promise.all([
        installation.kubectl.run('get', 'pods', '-A', '-o', PODS_AND_RESTARTS),
        installation.init(),
        ...['berth', 'agent'].map((name) => installation.supervisor(name)),
      ]);
    const asItWas = await running();
    await installation.berth('up');
    expect(await running()).toEqual(asItWas);
  });

  it.each([
    ['the kubelet', KUBELET],
    ['containerd', '^containerd --config'],
    // The next supervisor ends the kubelet that this one leaves. One that starts while etcd is away waits for the API
    // server before it mounts what etcd needs, so that has to be over before the next is killed.
    ['the supervisor of the kubelet', '^runsv kubelet', KUBELET],
    ['etcd', '^etcd --advertise'],
    ['the API server', '^kube-apiserver '],
    ['kube-proxy', '^/usr/local/bin/kube-proxy '],
    ['the ingress', '^/usr/local/bin/traefik '],
    ['cluster DNS', '^/usr/local/bin/coredns '],
  ])('mends itself after %s was killed', async (_what, pattern, successor = pattern) => {
    await installation.kill(pattern, successor);
    await installation.healthy();
    await keepsItsData();
  });

  it.each(['berth', 'agent'])('starts %s again after it was killed', async (name) => {
    const supervisor = await installation.supervisor(name);
    // Between two children it has another one, which sleeps.
    const child = async () =>
      (await tryRun('pgrep', ['-P', String(supervisor), '-f', 'main.js'])).stdout.trim();
    const killed = await child();
    process.kill(Number(killed), 'SIGKILL');
    const isAnother = async () => ![killed, ''].includes(await child());
    await eventually(isAnother, 'another child of the supervisor');
    await installation.healthy();
    expect(await installation.supervisor(name)).toBe(supervisor);
  });

  it('is mended by `up` after supervisors and the whole host were killed', async () => {
    for (const pid of [await installation.supervisor('berth'), await installation.init()]) {
      process.kill(pid, 'SIGKILL');
    }
    await waitUntil('the damage to be seen', async () => !(await installation.status()).healthy, 20_000);
    await installation.berth('up');
    await installation.healthy();
    await rolledOut();
    await keepsItsData();
  });

  it('brings pods back with their data after `down`', async () => {
    await installation.berth('down');
    expect((await installation.tryBerth('status')).code).toBe(1);
    await installation.berth('up');
    await rolledOut();
    await keepsItsData();
  });

  it('leaves nothing on the machine after `down --purge`, and its neighbour alone', async () => {
    const running = await processesOf(await installation.init(), installation.dir.root);
    expect(running.length).toBeGreaterThan(10);
    await installation.berth('down', '--purge');
    // One that has ended and waits for the machine's own init to take notice is none.
    const alive = await Promise.all(running.map((pid) => identify(pid)));
    expect(alive.filter((process) => process !== undefined)).toEqual([]);
    expect(existsSync(installation.dir.root)).toBe(false);
    expect(await machineSnapshot(others)).toEqual(before);
    expect((await neighbour.tryBerth(['status'])).code).toBe(0);
  });
});

/** Names of the bridges of installations that are up. */
async function bridges(): Promise<string[]> {
  const links = JSON.parse(await run('ip', ['-j', 'link', 'show', 'type', 'bridge'])) as {
    ifname?: string;
  }[];
  return links.flatMap(({ ifname }) => (ifname?.startsWith('berth') ? ifname : []));
}
