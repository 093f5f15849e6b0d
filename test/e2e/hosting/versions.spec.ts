import { createHash, X509Certificate } from 'node:crypto';
import { connect } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { resources } from '../../../src/kube/resources.js';
import { Embedded } from '../../support/embedded.js';
import type { Kubectl } from '../../support/kubectl.js';
import { type Access, accessOf, Hosted } from './hosted.js';

jest.setTimeout(180_000);

const VERSIONS = ['1.35.4', '1.36.3', '1.37.0'] as const;

interface Person {
  status: { userInfo: { username: string; groups: string[]; extra?: Record<string, string[]> } };
}

describe('clusters of three Kubernetes versions at the same time', () => {
  let meta: Embedded;
  const kubectls = new Map<string, Kubectl>();
  const hosted: Hosted[] = [];

  beforeAll(async () => {
    meta = await Embedded.open();
    await Promise.all(
      VERSIONS.map(async (version) => {
        const cluster = await Hosted.create(meta, `v${version.replaceAll('.', '-')}`, { version });
        hosted.push(cluster);
        await cluster.ready();
        kubectls.set(version, await cluster.kubectl());
      }),
    );
  });

  afterAll(async () => {
    await Promise.all(hosted.map((cluster) => cluster.requestDeletion()));
    await meta.close();
  });

  const kubectlOf = (version: string): Kubectl => {
    const kubectl = kubectls.get(version);
    if (!kubectl) throw new Error(`no kubectl for ${version}`);
    return kubectl;
  };

  describe.each(VERSIONS)('%s', (version) => {
    it('answers with its version and its first objects', async () => {
      const kubectl = kubectlOf(version);
      const { serverVersion } = await kubectl.json<{ serverVersion: { gitVersion: string } }>('version');
      expect(serverVersion.gitVersion).toBe(`v${version}`);
      const names = await kubectl.run('get', 'namespaces', '-o', 'name');
      expect(names.trim().split('\n').sort()).toEqual(
        ['default', 'kube-node-lease', 'kube-public', 'kube-system'].map((name) => `namespace/${name}`),
      );
    });

    it('creates, lists, watches and deletes with plain kubectl through the ingress', async () => {
      const kubectl = kubectlOf(version);
      await kubectl.run('create', 'configmap', 'note', '--from-literal=colour=blue');
      const watched = kubectl.run(
        'wait',
        'configmap/note',
        '--for=jsonpath={.data.colour}=green',
        '--timeout=20s',
      );
      await kubectl.run('patch', 'configmap', 'note', '-p', '{"data":{"colour":"green"}}');
      await expect(watched).resolves.toMatch(/condition met/);
      const gone = kubectl.run('wait', 'configmap/note', '--for=delete', '--timeout=20s');
      await kubectl.run('delete', 'configmap', 'note');
      await gone;
      await expect(kubectl.run('get', 'configmaps', '-o', 'name')).resolves.toBe(
        'configmap/kube-root-ca.crt\n',
      );
    });

    it('has controllers at work and a scheduler that looks at pods', async () => {
      const kubectl = kubectlOf(version);
      await kubectl.run('create', 'deployment', 'web', '--image=nowhere.invalid/web');
      // Without a node the pod stays pending, and the scheduler says why.
      const wait = ['wait', 'pod', '-l', 'app=web', '--timeout=30s'];
      await kubectl.run('wait', 'deployment/web', '--for=jsonpath={.status.replicas}=1', '--timeout=30s');
      await kubectl.run(
        ...wait,
        '--for=jsonpath={.status.conditions[?(@.type=="PodScheduled")].reason}=Unschedulable',
      );
      await kubectl.run('delete', 'deployment', 'web');
    });

    it('takes the caller for a person, and sees the very certificate of the kubeconfig', async () => {
      const kubectl = kubectlOf(version);
      const { userInfo } = (await kubectl.json<Person>('auth', 'whoami')).status;
      expect(userInfo.username).toBe('admin');
      expect(userInfo.groups.toSorted()).toEqual(['kubeadm:cluster-admins', 'system:authenticated']);
      const { raw } = new X509Certificate((await accessOf(kubectl)).cert);
      const fingerprint = createHash('sha256').update(raw).digest('hex');
      expect(userInfo.extra?.['authentication.kubernetes.io/credential-id']).toEqual([
        `X509SHA256=${fingerprint}`,
      ]);
    });

    it('ends TLS in its own API server, not before', async () => {
      const access = await accessOf(kubectlOf(version));
      const [cluster] = hosted.filter(({ name }) => access.serverName.startsWith(`${name}.`));
      const secret = await meta.client.get(resources.Secret, {
        namespace: cluster?.namespace,
        name: 'apiserver-tls',
      });
      const own = Buffer.from(secret.data?.['tls.crt'] ?? '', 'base64');
      expect((await servedCertificate(access)).fingerprint256).toBe(new X509Certificate(own).fingerprint256);
    });
  });

  const pairs = VERSIONS.flatMap((from) => VERSIONS.filter((to) => to !== from).map((to) => ({ from, to })));

  it.each(pairs)('a client certificate of $from is refused by $to', async ({ from, to }) => {
    const [own, other] = await Promise.all([accessOf(kubectlOf(from)), accessOf(kubectlOf(to))]);
    const config = kubeconfigOf(other, { cert: own.cert, key: own.key });
    const { code, stderr } = await (await meta.kubectlWith(config, 'mixed')).try('get', 'namespaces');
    expect(code).toBe(1);
    expect(stderr).toMatch(/Unauthorized|must be logged in/);
  });

  it.each(pairs)('a service-account token of $from is refused by $to', async ({ from, to }) => {
    const token = (await kubectlOf(from).run('create', 'token', 'default')).trim();
    const kubectl = await meta.kubectlWith(kubeconfigOf(await accessOf(kubectlOf(to)), { token }), 'token');
    const { code, stderr } = await kubectl.try('auth', 'whoami');
    expect(code).toBe(1);
    expect(stderr).toMatch(/Unauthorized|must be logged in/);
    const home = await meta.kubectlWith(kubeconfigOf(await accessOf(kubectlOf(from)), { token }), 'home');
    const { userInfo } = (await home.json<Person>('auth', 'whoami')).status;
    expect(userInfo.username).toBe('system:serviceaccount:default:default');
  });

  it.each(pairs)('$to cannot pass itself off as $from', async ({ from, to }) => {
    const [own, other] = await Promise.all([accessOf(kubectlOf(from)), accessOf(kubectlOf(to))]);
    const config = kubeconfigOf({ ...own, serverName: other.serverName }, { cert: own.cert, key: own.key });
    const { code, stderr } = await (await meta.kubectlWith(config, 'fooled')).try('get', 'namespaces');
    expect(code).toBe(1);
    expect(stderr).toMatch(/certificate signed by unknown authority|x509/);
  });
});

function kubeconfigOf(access: Access, user: { cert?: string; key?: string; token?: string }): string {
  const encoded = (text: string | undefined) => text && Buffer.from(text).toString('base64');
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      {
        name: 'c',
        cluster: {
          server: access.server,
          'tls-server-name': access.serverName,
          'certificate-authority-data': encoded(access.ca),
        },
      },
    ],
    users: [
      {
        name: 'u',
        user: {
          'client-certificate-data': encoded(user.cert),
          'client-key-data': encoded(user.key),
          token: user.token,
        },
      },
    ],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
    'current-context': 'x',
  });
}

/** The certificate that the way in shows. */
function servedCertificate({ server, serverName, ca }: Access): Promise<{ fingerprint256: string }> {
  const { promise, resolve, reject } = Promise.withResolvers<{ fingerprint256: string }>();
  const { hostname: host, port } = new URL(server);
  const socket = connect({ host, port: Number(port || 443), servername: serverName, ca }, () => {
    resolve(socket.getPeerCertificate());
    socket.end();
  });
  socket.on('error', reject);
  return promise;
}
