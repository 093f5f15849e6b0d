/**
 * What the credentials of one node are good for, and no more: the Node authorizer and NodeRestriction, switched on as
 * our API servers have them, asked with real kubectl. A stolen node must not be a stolen cluster.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { renderControlPlane } from '../../../src/control-plane/render.js';
import { joinObjects } from '../../../src/nodes/join-objects.js';
import { certificateRequest } from '../../support/certificate-request.js';
import { eventually } from '../../support/eventually.js';
import { startKubeApiServer, type TestApiServer } from '../../support/kube-apiserver.js';
import { kubernetesBinary } from '../../support/kube-binaries.js';
import { Kubectl } from '../../support/kubectl.js';
import { mastersInput } from '../../support/masters.js';
import { joinInput } from '../../support/nodes.js';

const ME = 'system:node:n1';
const AUTHORIZATION = ['authorization-mode=Node,RBAC', 'enable-admission-plugins=NodeRestriction'];

it('the masters have both switched on', () => {
  const text = JSON.stringify(renderControlPlane(mastersInput()).get('kube-apiserver'));
  for (const flag of AUTHORIZATION) expect(text).toContain(`--${flag}`);
});

describe.each(['1.35.4', '1.37.0'])('a node of a cluster of %s', (version) => {
  let directory: string;
  let server: TestApiServer;
  let admin: Kubectl;
  let node: Kubectl;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'berth-rights-'));
    const flags = ['--enable-admission-plugins=NodeRestriction'];
    server = await startKubeApiServer({ version, flags, users: { [ME]: ['system:nodes'] } });
    [admin, node] = await Promise.all([kubectlOf('admin'), kubectlOf(ME)]);
    const authority = await server.authority();
    await admin.apply(...joinObjects({ ...joinInput, server: new URL(server.url).host, authority }));
    await admin.apply(...['n1', 'n2'].flatMap(objectsOf));
    // The authorizer learns of pods by a watch.
    await eventually(async () => (await node.try('get', 'secret', 'of-n1')).code === 0, 'its own secret');
  }, 120_000);
  afterAll(async () => {
    await server?.stop();
    await rm(directory, { recursive: true });
  });

  it.each([
    ['reads itself', 'get node n1'],
    ['reads its pods', 'get pods --field-selector=spec.nodeName=n1'],
    ['reads the secrets of its pods', 'get secret of-n1'],
    ['reads the ConfigMaps of its pods', 'get configmap of-n1'],
    ['reads the configuration of kubelets', 'get configmap kubelet-config -n kube-system'],
    ['tells how it is', 'annotate node n1 seen=yes'],
    [
      'gets a token for its pods',
      'create token of-n1 --audience=vault --bound-object-kind=Pod --bound-object-name=of-n1',
    ],
    ['ends its pods', 'delete pod ending-of-n1 --wait=false'],
  ])('%s', async (_what, command) => {
    const args = command.includes('token')
      ? [command, `--bound-object-uid=${await uidOf('of-n1')}`]
      : [command];
    expect(await node.try(...args.join(' ').split(' '))).toMatchObject({ code: 0, stderr: '' });
  });

  it.each([
    ['read another node', 'get node n2'],
    ['list all pods', 'get pods --all-namespaces'],
    ['read the pods of another node', 'get pods --field-selector=spec.nodeName=n2'],
    ['read the secrets of pods elsewhere', 'get secret of-n2'],
    ['list secrets', 'get secrets'],
    ['read join tokens', 'get secrets -n kube-system'],
    ['change another node', 'annotate node n2 seen=yes --overwrite'],
    ['remove a node', 'delete node n2'],
    ['label itself as it likes', 'label node n1 node-restriction.kubernetes.io/secure=yes'],
    ['give itself a role', 'label node n1 node-role.kubernetes.io/control-plane='],
    ['taint itself', 'taint node n1 a=b:NoSchedule'],
    ['end pods of another node', 'delete pod of-n2 --wait=false'],
    [
      'get a token for pods elsewhere',
      'create token of-n2 --bound-object-kind=Pod --bound-object-name=of-n2',
    ],
    ['get a token for no pod at all', 'create token of-n1'],
    ['start pods', 'run mine --image=busybox'],
    ['run commands in pods', 'exec of-n2 -- id'],
    ['give rights', 'create clusterrolebinding mine --clusterrole=cluster-admin --user=system:node:n1'],
    ['change how nodes join', 'create configmap mine -n kube-public'],
  ])('does not %s', async (_what, command) => {
    const uid = command.includes('of-n2 --bound') ? ` --bound-object-uid=${await uidOf('of-n2')}` : '';
    const { code, stderr } = await node.try(...`${command}${uid}`.split(' '));
    expect(code).not.toBe(0);
    expect(stderr).toMatch(/forbidden|is not allowed to/i);
  });

  it('writes its own status and lease, and nobody else’s', async () => {
    // kubectl would read the status first, which kubelets never do.
    const client = await server.client(ME);
    const patch = async (name: string) => {
      const { statusCode } = await client.raw({
        method: 'PATCH',
        path: `/api/v1/nodes/${name}/status`,
        headers: { 'content-type': 'application/merge-patch+json' },
        body: JSON.stringify({ status: { conditions: [{ type: 'Ready', status: 'True' }] } }),
      });
      return statusCode;
    };
    expect([await patch('n1'), await patch('n2')]).toEqual([200, 403]);
    const renew = (name: string) =>
      node.try(
        'patch',
        'lease',
        name,
        '-n=kube-node-lease',
        '--type=merge',
        '-p',
        '{"spec":{"leaseDurationSeconds":41}}',
      );
    expect((await renew('n1')).code).toBe(0);
    expect((await renew('n2')).stderr).toMatch(/can only access node lease with the same name/);
  });

  it('is not newer than the masters', async () => {
    const minor = Number(joinInput.kubernetesVersion.split('.')[1]);
    const register = async (name: string, kubeletVersion: string) => {
      const object = {
        apiVersion: 'v1',
        kind: 'Node',
        metadata: { name },
        status: { nodeInfo: { kubeletVersion } },
      };
      await writeFile(join(directory, 'node.json'), JSON.stringify(object));
      return admin.try('create', '--dry-run=server', '--validate=false', '-f', join(directory, 'node.json'));
    };
    await eventually(
      async () => (await register('newer', `v1.${minor + 1}.0`)).code !== 0,
      'the policy to hold',
    );
    expect((await register('newer', `v1.${minor + 1}.0`)).stderr).toMatch(
      `kubelet v1.${minor + 1}.0 is newer than the masters (${joinInput.kubernetesVersion}): install kubelet 1.${minor}`,
    );
    for (const kubelet of [`v1.${minor}.9`, `v1.${minor - 2}.0`, 'unknown']) {
      expect(await register('fitting', kubelet)).toMatchObject({ code: 0 });
    }
  });

  it.each(['kubernetes.io/kubelet-serving', 'kubernetes.io/kube-apiserver-client-kubelet'])(
    'does not ask for the certificate of another node (%s)',
    async (signerName) => {
      expect((await request('own', signerName, ME)).code).toBe(0);
      const { code, stderr } = await request('other', signerName, 'system:node:n2');
      expect(code).not.toBe(0);
      expect(stderr).toMatch(/forbidden/);
    },
  );

  async function request(name: string, signerName: string, commonName: string) {
    const pem = await certificateRequest({ commonName });
    const usage = signerName.endsWith('serving') ? 'server auth' : 'client auth';
    const file = join(directory, 'csr.json');
    const object = {
      apiVersion: 'certificates.k8s.io/v1',
      kind: 'CertificateSigningRequest',
      metadata: { generateName: `${name}-` },
      spec: {
        request: Buffer.from(pem).toString('base64'),
        signerName,
        usages: ['digital signature', usage],
      },
    };
    await writeFile(file, JSON.stringify(object));
    return node.try('create', '-f', file);
  }

  function uidOf(pod: string): Promise<string> {
    return admin.run('get', 'pod', pod, '-o=jsonpath={.metadata.uid}');
  }

  async function kubectlOf(user: string): Promise<Kubectl> {
    const kubeconfig = join(directory, user.replaceAll(':', '-'));
    await writeFile(kubeconfig, await server.kubeconfig(user), { mode: 0o600 });
    return new Kubectl({ command: await kubernetesBinary('kubectl'), kubeconfig, cacheDir: directory });
  }
});

/** A node with two pods, and what the pods use. */
function objectsOf(name: string): object[] {
  const metadata = { name: `of-${name}`, namespace: 'default' };
  const pod = (podName: string) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { ...metadata, name: podName },
    spec: {
      nodeName: name,
      serviceAccountName: metadata.name,
      volumes: [
        {
          name: 'token',
          projected: { sources: [{ serviceAccountToken: { audience: 'vault', path: 'token' } }] },
        },
      ],
      containers: [
        {
          name: 'main',
          image: 'busybox',
          envFrom: [{ secretRef: { name: metadata.name } }, { configMapRef: { name: metadata.name } }],
        },
      ],
    },
  });
  return [
    { apiVersion: 'v1', kind: 'Node', metadata: { name } },
    {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: 'kube-node-lease' },
    },
    {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { name, namespace: 'kube-node-lease' },
      spec: { holderIdentity: name, leaseDurationSeconds: 40 },
    },
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata },
    { apiVersion: 'v1', kind: 'Secret', metadata, stringData: { key: 'value' } },
    { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { key: 'value' } },
    pod(metadata.name),
    pod(`ending-of-${name}`),
  ];
}
