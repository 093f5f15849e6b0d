import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '../../src/core/process.js';
import { KubeClient } from '../../src/kube/client.js';
import { type Connection, connectionTo } from '../../src/kube/connection.js';
import type { TransportOptions } from '../../src/kube/transport.js';
import { authorityData, createAuthority } from '../../src/pki/authority.js';
import { issueLeaf } from '../../src/pki/leaf.js';
import { subjectAltNames } from '../../src/pki/sans.js';
import { Child } from './child.js';
import { freePort } from './free-port.js';
import { etcdBinary, kubernetesBinary } from './kube-binaries.js';
import { sourceAt } from './pki.js';

export interface ApiServerOptions {
  /** Kubernetes version; see kube-binaries.ts. */
  version?: string;
  /** Added to the API server's flags. */
  flags?: readonly string[];
  /** User name → groups, beside `admin` of system:masters. A user's token is `token-<name>`. */
  users?: Readonly<Record<string, readonly string[]>>;
}

const START_MS = 60_000;
const POLL_MS = 50;
/** They live for seconds on a machine that has memory: collecting garbage is a third of what a start costs. */
const ENV = { GOGC: '400' };

/**
 * A real etcd and kube-apiserver on loopback, in a temporary directory: `await using server = await
 * startKubeApiServer()`. There are no controllers: no garbage collection, no service accounts, no pods that run.
 */
export class TestApiServer {
  readonly #clients: KubeClient[] = [];
  #etcd?: Child;
  #apiserver?: Child;

  private constructor(
    private readonly directory: string,
    private readonly port: number,
    private readonly etcdPort: number,
    private readonly options: ApiServerOptions,
  ) {}

  static async start(options: ApiServerOptions = {}): Promise<TestApiServer> {
    const directory = await mkdtemp(join(tmpdir(), 'berth-apiserver-'));
    const server = new TestApiServer(directory, await freePort(), await freePort(), options);
    try {
      await server.#writeFiles();
      await server.#writeCertificate();
      await server.#startEtcd();
      await server.restart();
      return server;
    } catch (error) {
      await server.stop();
      throw error;
    }
  }

  get url(): string {
    return `https://127.0.0.1:${this.port}`;
  }

  /** The etcd client URL; plain HTTP. */
  get etcdUrl(): string {
    return `http://127.0.0.1:${this.etcdPort}`;
  }

  async connection(user = 'admin'): Promise<Connection> {
    return connectionTo({ server: this.url, ca: await this.authority(), token: tokenOf(user) });
  }

  /** A client that is closed with the server; dials `dial` (`host:port`) when that is told, such as a TcpProxy. */
  async client(user = 'admin', options: TransportOptions = {}, dial?: string): Promise<KubeClient> {
    const client = new KubeClient({ ...(await this.connection(user)), dial }, options);
    this.#clients.push(client);
    return client;
  }

  async kubeconfig(user = 'admin'): Promise<string> {
    const ca = Buffer.from(await this.authority()).toString('base64');
    const cluster = { server: this.url, 'certificate-authority-data': ca };
    return JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: 'test', cluster }],
      users: [{ name: user, user: { token: tokenOf(user) } }],
      contexts: [{ name: 'test', context: { cluster: 'test', user } }],
      'current-context': 'test',
    });
  }

  /** `kill -9` of the API server; etcd goes on. */
  async kill(): Promise<void> {
    await this.#apiserver?.kill();
  }

  /** Starts the API server (again) and waits until it is ready. */
  async restart(): Promise<void> {
    await this.kill();
    this.#apiserver = new Child(
      await kubernetesBinary('kube-apiserver', this.options.version),
      this.#flags(),
      { env: ENV },
    );
    const client = new KubeClient(await this.connection());
    const isReady = async () => (await client.raw({ method: 'GET', path: '/readyz' })).statusCode === 200;
    try {
      await this.#untilUp('kube-apiserver', this.#apiserver, isReady);
    } finally {
      await client.close();
    }
  }

  /** Stops the API server in its tracks: connections stay open, nothing is answered. */
  freeze(): void {
    this.#apiserver?.signal('SIGSTOP');
  }

  unfreeze(): void {
    this.#apiserver?.signal('SIGCONT');
  }

  /** Deletes an object behind the API server's back; `path` as in etcd: `configmaps/default/a`. */
  async deleteFromEtcd(path: string): Promise<void> {
    await this.#etcdCall('kv/deleterange', { key: base64(`/registry/${path}`) });
  }

  /** Drops etcd's history up to now: watches from before answer 410 Gone. */
  async compact(): Promise<void> {
    const { header } = await this.#etcdCall('kv/put', { key: base64('/berth-test'), value: '' });
    await this.#etcdCall('kv/compaction', { revision: header.revision, physical: true });
  }

  /** Stops both, restores a snapshot with etcdutl as Berth's restore pods do, and starts them again. */
  async restore(snapshot: string, bumpRevision: number, { withApiServer = true } = {}): Promise<void> {
    await this.kill();
    await this.#etcd?.kill();
    await rm(this.#path('etcd'), { recursive: true, force: true });
    await run(await etcdBinary('etcdutl'), [
      'snapshot',
      'restore',
      snapshot,
      `--data-dir=${this.#path('etcd')}`,
      `--bump-revision=${bumpRevision}`,
      '--mark-compacted',
    ]);
    await this.#startEtcd();
    if (withApiServer) await this.restart();
  }

  async stop(): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.close()));
    await this.kill();
    await this.#etcd?.kill();
    await rm(this.directory, { recursive: true, force: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #writeFiles(): Promise<void> {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    await writeFile(this.#path('sa.key'), privateKey.export({ type: 'pkcs8', format: 'pem' }), {
      mode: 0o600,
    });
    const users = { admin: ['system:masters'], ...this.options.users };
    const lines = Object.entries(users).map(
      ([name, groups]) => `${tokenOf(name)},${name},${name},"${groups.join(',')}"`,
    );
    await writeFile(this.#path('tokens.csv'), `${lines.join('\n')}\n`, { mode: 0o600 });
  }

  /** For the names of its Service and of hosted clusters too, as that of a hosted API server is. */
  async #writeCertificate(): Promise<void> {
    const service = ['kubernetes', 'kubernetes.default', 'kubernetes.default.svc'];
    const source = sourceAt(Date.now());
    const authority = await createAuthority('kubernetes', source);
    const profile = {
      commonName: 'kube-apiserver',
      organizations: [],
      usages: ['serverAuth' as const],
      subjectAltNames: subjectAltNames(['localhost', ...service, '*.berth.test'], ['127.0.0.1']),
      ttlSeconds: 24 * 3600,
    };
    const pair = await issueLeaf(authority, profile, source);
    await writeFile(this.#path('ca.crt'), authorityData(authority)['tls.crt']);
    await writeFile(this.#path('apiserver.crt'), pair['tls.crt']);
    await writeFile(this.#path('apiserver.key'), pair['tls.key'], { mode: 0o600 });
  }

  async #startEtcd(): Promise<void> {
    const peerUrl = `http://127.0.0.1:${await freePort()}`;
    const args = [
      `--data-dir=${this.#path('etcd')}`,
      `--listen-client-urls=${this.etcdUrl}`,
      `--advertise-client-urls=${this.etcdUrl}`,
      `--listen-peer-urls=${peerUrl}`,
      `--initial-advertise-peer-urls=${peerUrl}`,
      `--initial-cluster=default=${peerUrl}`,
      '--unsafe-no-fsync',
      '--log-level=error',
    ];
    this.#etcd = new Child(await etcdBinary(), args, { env: ENV });
    await this.#untilUp('etcd', this.#etcd, async () => (await fetch(`${this.etcdUrl}/health`)).ok);
  }

  #flags(): string[] {
    return [
      `--etcd-servers=${this.etcdUrl}`,
      `--cert-dir=${this.directory}`,
      '--bind-address=127.0.0.1',
      '--advertise-address=127.0.0.1',
      `--secure-port=${this.port}`,
      '--endpoint-reconciler-type=none',
      '--service-cluster-ip-range=10.0.0.0/24',
      '--authorization-mode=Node,RBAC',
      '--allow-privileged',
      '--disable-admission-plugins=ServiceAccount',
      `--token-auth-file=${this.#path('tokens.csv')}`,
      '--service-account-issuer=https://kubernetes.default.svc',
      `--service-account-key-file=${this.#path('sa.key')}`,
      `--service-account-signing-key-file=${this.#path('sa.key')}`,
      ...(this.options.flags ?? []),
    ];
  }

  async #untilUp(name: string, child: Child, up: () => Promise<boolean>): Promise<void> {
    const deadline = performance.now() + START_MS;
    while (!(await up().catch(() => false))) {
      if (child.ended || performance.now() > deadline) {
        throw new Error(`${name} ${child.ended ? 'ended' : 'is not ready'}:\n${child.output}`);
      }
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }

  async #etcdCall(method: string, body: object): Promise<{ header: { revision: string } }> {
    const answer = await fetch(`${this.etcdUrl}/v3/${method}`, {
      method: 'POST',
      body: JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(`etcd ${method}: ${await answer.text()}`);
    return (await answer.json()) as { header: { revision: string } };
  }

  /** PEM of what its certificate verifies against. */
  async authority(): Promise<string> {
    return readFile(this.#path('ca.crt'), 'utf8');
  }

  #path(name: string): string {
    return join(this.directory, name);
  }
}

export async function startKubeApiServer(options: ApiServerOptions = {}): Promise<TestApiServer> {
  return TestApiServer.start(options);
}

function tokenOf(user: string): string {
  return `token-${user}`;
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
