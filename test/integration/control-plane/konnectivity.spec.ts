/**
 * The tunnel with its real commands: an API server calls an admission webhook that it reaches in no other way than
 * through proxy-server and proxy-agent, both with the flags, certificates and rights of our manifests.
 */
import type { Server } from 'node:net';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { caBundle } from '../../../src/pki/secrets.js';
import { kubeconfig, kubeconfigYaml } from '../../../src/pki/kubeconfig.js';
import { Child } from '../../support/child.js';
import { eventually } from '../../support/eventually.js';
import {
  type AgentFiles,
  balancer,
  dialPort,
  egressSelector,
  startAgent,
  TunnelServer,
  tunnelRights,
} from '../../support/konnectivity.js';
import { freePort } from '../../support/free-port.js';
import { TestApiServer } from '../../support/kube-apiserver.js';
import { KUBERNETES_VERSION, kubernetesBinary } from '../../support/kube-binaries.js';
import { Kubectl } from '../../support/kubectl.js';
import { versionNumbers } from '../../support/masters.js';
import { webhookConfiguration } from '../../support/webhook.js';
import { createAuthorities, fullPkiInput, issueAll, sourceAt } from '../../support/pki.js';

const AUDIENCE = 'system:konnectivity-server';

describe.each(versionNumbers)('a tunnel to an API server of %s', (version) => {
  const children: Child[] = [];
  let root: string;
  let api: TestApiServer;
  let kubectl: Kubectl;
  let servers: TunnelServer[];
  let front: { port: number; server: Server };
  let agent: Child;
  const at = (...path: string[]) => join(root, ...path);

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'berth-tunnel-'));
    const authorities = await createAuthorities(sourceAt(Date.now()));
    const input = { ...fullPkiInput, hostnames: ['webhook.tested.svc'], ips: ['127.0.0.1'] };
    await mount('ca-bundle', caBundle(authorities));
    for (const [name, data] of await issueAll(input, authorities, sourceAt(Date.now())))
      await mount(name, data);
    await writeFile(at('egress.yaml'), egressSelector(at('a.socket')));
    const sni = `${at('apiserver-tls', 'tls.crt')},${at('apiserver-tls', 'tls.key')}`;
    const flags = [
      `--egress-selector-config-file=${at('egress.yaml')}`,
      `--client-ca-file=${at('ca-bundle', 'ca.crt')}`,
      `--tls-sni-cert-key=${sni}`,
    ];
    api = await TestApiServer.start({ version, flags });
    await writeFile(at('admin'), await api.kubeconfig());
    kubectl = new Kubectl({
      command: await kubernetesBinary('kubectl'),
      kubeconfig: at('admin'),
      cacheDir: at('cache'),
    });
    await kubectl.run('create', 'namespace', 'kube-system').catch(() => undefined);
    await kubectl.apply(...tunnelRights(), ...webhook(await startWebhook(), await caOf()));
    await dialPort(root, 'konnectivity-server-kubeconfig', new URL(api.url).port);
    servers = [
      await TunnelServer.start(root, 'server-a', at('a.socket')),
      await TunnelServer.start(root, 'server-b', at('b.socket')),
    ];
    children.push(...servers.map(({ process }) => process));
    front = await balancer(servers.map(({ agentPort }) => agentPort));
  }, 600_000);
  afterAll(async () => {
    for (const child of children.toReversed()) await child.kill();
    front.server.close();
    await api.stop();
    await rm(root, { recursive: true });
  });

  it('carries nothing before an agent is there', async () => {
    await expect(deny()).resolves.toMatch(/failed calling webhook/);
  }, 60_000);

  it('does not take an agent that is another service account', async () => {
    await kubectl.run('create', 'serviceaccount', 'stranger', '--namespace=kube-system');
    const { token } = await filesOf('stranger', AUDIENCE);
    const files = { ...(await filesOf('konnectivity-agent', AUDIENCE)), token };
    const stranger = await startAgent(`127.0.0.1:${front.port}`, files);
    children.push(stranger);
    await eventually(
      () =>
        Promise.resolve(servers.some(({ process }) => /Expected .*konnectivity-agent/.test(process.output))),
      'the refusal of a stranger',
    );
    expect(await servers[0]?.isReady()).toBe(false);
    await stranger.kill();
  }, 120_000);

  it('connects an agent to every server, counted by leases', async () => {
    agent = await startAgent(`127.0.0.1:${front.port}`, await filesOf('konnectivity-agent', AUDIENCE));
    children.push(agent);
    for (const server of servers) await eventually(() => server.isReady(), 'an agent at each server');
    const leases = await kubectl.run(
      'get',
      'leases',
      '-n=kube-system',
      '-l=k8s-app=konnectivity-server',
      '-o=name',
    );
    expect(leases.trim().split('\n')).toHaveLength(2);
  }, 120_000);

  it('carries what the API server asks a webhook in the hosted cluster', async () => {
    const before = (await servers[0]?.dials()) ?? 0;
    await expect(deny()).resolves.toMatch(/denied the request/);
    expect(await servers[0]?.dials()).toBeGreaterThan(before);
  }, 60_000);

  it('is the only way there', async () => {
    await agent.kill();
    await eventually(async () => !(await servers[0]?.isReady()), 'the server to miss its agent');
    await expect(deny()).resolves.toMatch(/failed calling webhook/);
  }, 60_000);

  /** What kubectl says when it makes a ConfigMap that the webhook denies. */
  async function deny(): Promise<string> {
    return (await kubectl.try('create', 'configmap', 'refused', '--namespace=tested')).stderr;
  }

  async function mount(secret: string, data: Record<string, string>): Promise<void> {
    await mkdir(at(secret), { recursive: true });
    for (const [key, text] of Object.entries(data)) await writeFile(at(secret, key), text, { mode: 0o600 });
  }

  async function filesOf(account: string, audience: string): Promise<AgentFiles> {
    const token = (...args: string[]) => kubectl.run('create', 'token', account, '-n=kube-system', ...args);
    const authorities = await api.authority();
    const cluster = { name: 'hosted', server: api.url, authorities };
    const own = kubeconfig(cluster, account, { token: (await token()).trim() });
    await mount(account, {
      kubeconfig: kubeconfigYaml(own),
      token: (await token(`--audience=${audience}`)).trim(),
    });
    const file = (name: string) => at(account, name);
    return { authority: at('ca-bundle', 'ca.crt'), kubeconfig: file('kubeconfig'), token: file('token') };
  }

  async function startWebhook(): Promise<number> {
    const port = await freePort();
    const [cert, key] = ['tls.crt', 'tls.key'].map((file) => at('apiserver-tls', file));
    const command = await kubernetesBinary('agnhost', KUBERNETES_VERSION);
    children.push(
      new Child(command, [
        'webhook',
        `--port=${port}`,
        `--tls-cert-file=${cert}`,
        `--tls-private-key-file=${key}`,
      ]),
    );
    return port;
  }

  function caOf(): Promise<string> {
    return readFile(at('ca-bundle', 'ca.crt'), 'utf8');
  }
});

/** A webhook that denies every ConfigMap of namespace `tested`, served at a port of this machine. */
function webhook(port: number, authority: string): object[] {
  const metadata = { name: 'tested' };
  return [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { ...metadata, labels: { tested: 'yes' } } },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'webhook', namespace: 'tested' },
      spec: { type: 'ExternalName', externalName: 'localhost', ports: [{ port }] },
    },
    webhookConfiguration({ namespace: 'tested', name: 'webhook', port }, authority),
  ];
}
