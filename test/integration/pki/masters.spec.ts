/** The table at work: etcd, an API server and kubectl that know nothing but its Secrets. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Agent, request } from 'undici';
import { run, tryRun } from '../../../src/core/process.js';
import { kubeconfig, kubeconfigYaml } from '../../../src/pki/kubeconfig.js';
import { issueLeaf } from '../../../src/pki/leaf.js';
import { type Authorities, caBundle } from '../../../src/pki/secrets.js';
import { createServiceAccountKeys } from '../../../src/pki/service-account.js';
import { userProfile } from '../../../src/pki/user.js';
import { Child } from '../../support/child.js';
import { freePort } from '../../support/free-port.js';
import { etcdBinary, kubernetesBinary } from '../../support/kube-binaries.js';
import { createAuthorities, issueAll, pkiInput, sourceAt } from '../../support/pki.js';

const source = sourceAt(Date.now());
const servers: Child[] = [];
let root: string;
let kubectl: string;
let etcdctl: string;
let authorities: Authorities;
let apiServer: string;
let etcd: string;
/** A file of a Secret, as a pod would mount it. */
const at = (secret: string, file: string) => join(root, secret, file);

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'berth-pki-'));
  [kubectl, etcdctl] = await Promise.all([kubernetesBinary('kubectl'), etcdBinary('etcdctl')]);
  authorities = await createAuthorities(source);
  await mount('ca-bundle', caBundle(authorities));
  await mount('sa', { ...(await createServiceAccountKeys(source)) });
  for (const [name, data] of await issueAll(pkiInput, authorities, source)) await mount(name, data);
  await startEtcd();
  await startApiServer();
}, 600_000);
afterAll(async () => {
  for (const server of servers.toReversed()) await server.kill();
  await rm(root, { recursive: true });
});

describe('the API server', () => {
  it.each([
    ['berth-admin-kubeconfig', 'berth:control-plane', 'system:masters'],
    ['controller-manager-kubeconfig', 'system:kube-controller-manager', 'system:authenticated'],
    ['scheduler-kubeconfig', 'system:kube-scheduler', 'system:authenticated'],
  ])('knows the bearer of %s', async (secret, name, group) => {
    const whoami = await whoIs(at(secret, 'kubeconfig'));
    expect(whoami.username).toBe(name);
    expect(whoami.groups).toContain(group);
  });

  it('knows a person, who is not of system:masters', async () => {
    const file = await personsKubeconfig(authorities, 'alice@example.com');
    expect(await whoIs(file)).toMatchObject({
      username: 'alice@example.com',
      groups: ['kubeadm:cluster-admins', 'system:authenticated'],
    });
  });

  it('refuses a person of another cluster, and is refused by a client of another cluster', async () => {
    const others = await createAuthorities(source);
    const stranger = await personsKubeconfig({ ...authorities, ca: others.ca }, 'mallory', authorities.ca);
    expect(await callAs(stranger)).toMatch(/must be logged in|Unauthorized/);
    const distrustful = await personsKubeconfig(authorities, 'alice', others.ca);
    expect(await callAs(distrustful)).toMatch(/x509: certificate signed by unknown authority/);
  });

  it('takes front-proxy-client alone for the aggregator', async () => {
    expect(await secretsAsMaster('front-proxy-client')).toMatchObject({ kind: 'SecretList' });
    expect(await secretsAsMaster('scheduler-kubeconfig')).toMatchObject({ kind: 'Status', code: 403 });
  });

  it('signs tokens that it accepts', async () => {
    const admin = at('berth-admin-kubeconfig', 'kubeconfig');
    const token = (await kubectlRun(admin, ['create', 'token', 'default'])).trim();
    const cluster = {
      name: 'demo',
      server: apiServer,
      authorities: authorities.ca.certificate.x509.toString(),
    };
    await mount('token', { kubeconfig: kubeconfigYaml(kubeconfig(cluster, 'default', { token })) });
    expect((await whoIs(at('token', 'kubeconfig'))).username).toBe('system:serviceaccount:default:default');
  });
});

describe('etcd', () => {
  it.each(['apiserver-etcd-client', 'etcd-healthcheck-client', 'etcd-server'])(
    'serves %s',
    async (secret) => {
      expect((await health(secret)).stdout).toMatch(/is healthy/);
    },
  );

  it.each(['apiserver-kubelet-client', 'front-proxy-client', 'berth-admin-kubeconfig'])(
    'refuses %s',
    async (secret) => {
      expect((await health(secret)).code).not.toBe(0);
    },
  );
});

async function mount(secret: string, data: Record<string, string>): Promise<void> {
  await mkdir(join(root, secret), { recursive: true });
  for (const [key, text] of Object.entries(data)) await writeFile(at(secret, key), text, { mode: 0o600 });
}

async function personsKubeconfig(signers: Authorities, name: string, trusted = signers.ca): Promise<string> {
  const pair = await issueLeaf(signers.ca, userProfile({ name }), source);
  const cluster = {
    name: 'demo',
    server: apiServer,
    tlsServerName: pkiInput.hostnames[0],
    authorities: trusted.certificate.x509.toString(),
  };
  const config = kubeconfig(cluster, name, {
    clientCertificate: pair['tls.crt'],
    clientKey: pair['tls.key'],
  });
  await mount(`person-${name}`, { kubeconfig: kubeconfigYaml(config) });
  return at(`person-${name}`, 'kubeconfig');
}

// The Services of the meta-cluster have no names here: the address is given, the name in the file is still checked.
function kubectlRun(file: string, args: string[]): Promise<string> {
  return run(kubectl, ['--kubeconfig', file, '--server', apiServer, ...args]);
}

async function whoIs(file: string): Promise<{ username: string; groups: string[] }> {
  const { status } = JSON.parse(await kubectlRun(file, ['auth', 'whoami', '-o', 'json']));
  return status.userInfo;
}

async function callAs(file: string): Promise<string> {
  const { code, stderr } = await tryRun(kubectl, ['--kubeconfig', file, 'get', '--raw', '/api']);
  return code === 0 ? 'served' : stderr;
}

/** Asks for Secrets with this client certificate, claiming in the aggregator's headers to be of system:masters. */
async function secretsAsMaster(secret: string): Promise<unknown> {
  const [ca, cert, key] = await Promise.all(
    [at('ca-bundle', 'ca.crt'), at(secret, 'tls.crt'), at(secret, 'tls.key')].map((file) =>
      readFile(file, 'utf8'),
    ),
  );
  const dispatcher = new Agent({ connect: { ca, cert, key } });
  const headers = { 'X-Remote-User': 'someone', 'X-Remote-Group': 'system:masters' };
  try {
    const { body } = await request(`${apiServer}/api/v1/namespaces/default/secrets`, { dispatcher, headers });
    return await body.json();
  } finally {
    await dispatcher.close();
  }
}

function health(secret: string) {
  const tls = [
    '--cacert',
    at('ca-bundle', 'etcd-ca.crt'),
    '--cert',
    at(secret, 'tls.crt'),
    '--key',
    at(secret, 'tls.key'),
  ];
  return tryRun(etcdctl, [
    '--endpoints',
    etcd,
    '--command-timeout',
    '2s',
    '--dial-timeout',
    '2s',
    ...tls,
    'endpoint',
    'health',
  ]);
}

async function startEtcd(): Promise<void> {
  const [client, peer] = [await freePort(), await freePort()];
  etcd = `https://127.0.0.1:${client}`;
  const peerUrl = `https://127.0.0.1:${peer}`;
  start(await etcdBinary(), [
    '--name=etcd-0',
    `--data-dir=${join(root, 'data')}`,
    `--listen-client-urls=${etcd}`,
    `--advertise-client-urls=${etcd}`,
    `--listen-peer-urls=${peerUrl}`,
    `--initial-advertise-peer-urls=${peerUrl}`,
    `--initial-cluster=etcd-0=${peerUrl}`,
    '--client-cert-auth',
    '--peer-client-cert-auth',
    `--cert-file=${at('etcd-server', 'tls.crt')}`,
    `--key-file=${at('etcd-server', 'tls.key')}`,
    `--peer-cert-file=${at('etcd-peer', 'tls.crt')}`,
    `--peer-key-file=${at('etcd-peer', 'tls.key')}`,
    `--trusted-ca-file=${at('ca-bundle', 'etcd-ca.crt')}`,
    `--peer-trusted-ca-file=${at('ca-bundle', 'etcd-ca.crt')}`,
  ]);
}

async function startApiServer(): Promise<void> {
  const port = await freePort();
  apiServer = `https://127.0.0.1:${port}`;
  start(await kubernetesBinary('kube-apiserver'), [
    '--bind-address=127.0.0.1',
    '--advertise-address=192.0.2.10',
    '--endpoint-reconciler-type=none',
    `--secure-port=${port}`,
    '--authorization-mode=Node,RBAC',
    `--service-cluster-ip-range=${pkiInput.serviceCIDRs[0]}`,
    `--client-ca-file=${at('ca-bundle', 'ca.crt')}`,
    `--tls-cert-file=${at('apiserver-tls', 'tls.crt')}`,
    `--tls-private-key-file=${at('apiserver-tls', 'tls.key')}`,
    `--etcd-servers=${etcd}`,
    `--etcd-cafile=${at('ca-bundle', 'etcd-ca.crt')}`,
    `--etcd-certfile=${at('apiserver-etcd-client', 'tls.crt')}`,
    `--etcd-keyfile=${at('apiserver-etcd-client', 'tls.key')}`,
    `--kubelet-client-certificate=${at('apiserver-kubelet-client', 'tls.crt')}`,
    `--kubelet-client-key=${at('apiserver-kubelet-client', 'tls.key')}`,
    `--proxy-client-cert-file=${at('front-proxy-client', 'tls.crt')}`,
    `--proxy-client-key-file=${at('front-proxy-client', 'tls.key')}`,
    `--requestheader-client-ca-file=${at('ca-bundle', 'front-proxy-ca.crt')}`,
    '--requestheader-allowed-names=front-proxy-client',
    '--requestheader-username-headers=X-Remote-User',
    '--requestheader-group-headers=X-Remote-Group',
    '--service-account-issuer=https://kubernetes.default.svc.hosted.example',
    `--service-account-key-file=${at('sa', 'sa.pub')}`,
    `--service-account-signing-key-file=${at('sa', 'sa.key')}`,
  ]);
  await untilReady();
}

/** The default service account is made by the controller-manager, which is not here. */
async function untilReady(): Promise<void> {
  const admin = at('berth-admin-kubeconfig', 'kubeconfig');
  const ready = () =>
    tryRun(kubectl, ['--kubeconfig', admin, '--server', apiServer, 'get', '--raw', '/readyz']);
  const deadline = Date.now() + 60_000;
  while ((await ready()).code !== 0) {
    if (Date.now() > deadline) throw new Error(`the API server did not get ready: ${servers.at(-1)?.output}`);
    await delay(200);
  }
  await kubectlRun(admin, ['create', 'serviceaccount', 'default', '--namespace=default']);
}

function start(command: string, args: string[]): void {
  servers.push(new Child(command, args));
}
