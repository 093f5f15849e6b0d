import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run, type RunOptions, type RunResult, tryRun } from '../../src/core/process.js';
import type { CacheReader } from '../../src/kube/cache.js';
import { KubeClient } from '../../src/kube/client.js';
import { connectionFromKubeconfig } from '../../src/kube/connection.js';
import { Informers } from '../../src/kube/informers.js';
import type { KubeObject, Resource } from '../../src/kube/types.js';
import { type DataDir, dataDir } from '../../src/local/paths.js';
import type { ClientConfig } from '../../src/local/service/berth-service.js';
import { eventually, when } from './eventually.js';
import { kubernetesBinary } from './kube-binaries.js';
import { Kubectl } from './kubectl.js';

const ROOT = join(import.meta.dirname, '..', '..');

/** The meta-cluster of this worker of Jest. */
function ownDataDir(): string {
  const all = process.env['BERTH_E2E_DATA_DIR']?.split(':') ?? [];
  const own = all[Number(process.env['JEST_WORKER_ID'] ?? 1) - 1];
  if (!own) throw new Error('BERTH_E2E_DATA_DIR is not set: test/support/embedded-setup.mjs did not run');
  return own;
}

export interface Answer<T> {
  status: number;
  body: T;
  headers: Headers;
}

export interface Sending {
  method?: string;
  body?: unknown;
  token?: string;
  signal?: AbortSignal;
}

/** The embedded meta-cluster that the end-to-end tests of one Jest worker share, and the Berth service on it. */
export class Embedded {
  /** Tells runs on the same meta-cluster apart: records of deletions outlive their clusters. */
  readonly run = Date.now().toString(36);

  private constructor(
    readonly dir: DataDir,
    readonly service: string,
    readonly token: string,
    /** The meta-cluster, as its administrator. */
    readonly client: KubeClient,
    readonly informers: Informers,
    private readonly command: string,
    /** For files of the tests: kubeconfigs, caches of kubectl. */
    readonly scratch: string,
  ) {}

  static async open(): Promise<Embedded> {
    const dir = dataDir(ownDataDir());
    const { server, tokenFile } = JSON.parse(await readFile(dir.client, 'utf8')) as ClientConfig;
    const [token = ''] = (await readFile(tokenFile, 'utf8')).split(/[\n,]/, 1);
    const client = new KubeClient(await connectionFromKubeconfig({ file: dir.kubeconfig }));
    const scratch = await mkdtemp(join(tmpdir(), 'berth-e2e-test-'));
    const command = await kubernetesBinary('kubectl');
    return new Embedded(dir, server, token, client, new Informers(client), command, scratch);
  }

  async close(): Promise<void> {
    await this.informers.close();
    await this.client.close();
    await rm(this.scratch, { recursive: true, force: true });
  }

  /** kubectl of the meta-cluster's administrator. */
  get kubectl(): Kubectl {
    return this.#kubectl(this.dir.kubeconfig);
  }

  /** kubectl with a kubeconfig of one's own. All share one cache, as on a person's machine. */
  async kubectlWith(kubeconfig: string, name: string): Promise<Kubectl> {
    const file = join(this.scratch, `${name}.kubeconfig`);
    await writeFile(file, kubeconfig, { mode: 0o600 });
    return this.#kubectl(file);
  }

  /** `./berth ARGS`; throws when it fails. */
  berth(...args: string[]): Promise<string> {
    return run(join(ROOT, 'berth'), ['--data-dir', this.dir.root, ...args]);
  }

  tryBerth(args: string[], options?: RunOptions): Promise<RunResult> {
    return tryRun(join(ROOT, 'berth'), ['--data-dir', this.dir.root, ...args], options);
  }

  /** Asks the REST API, as the operator unless told. */
  async api<T>(path: string, sending: Sending = {}): Promise<Answer<T>> {
    const {
      method = sending.body === undefined ? 'GET' : 'POST',
      body,
      token = this.token,
      signal,
    } = sending;
    const response = await fetch(new URL(path, this.service), {
      method,
      signal: signal ?? AbortSignal.timeout(60_000),
      headers: {
        authorization: `Bearer ${token}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      body: JSON.stringify(body),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: (text && JSON.parse(text)) as T };
  }

  /** Waits until objects of the meta-cluster are as they shall be, looking again at every change of one. */
  async until<T extends KubeObject, R>(
    resource: Resource<T>,
    what: string,
    holds: (objects: CacheReader<T>) => R | undefined | false,
    timeoutMs = 60_000,
  ): Promise<R> {
    const { cache, synced } = this.informers.informer(resource);
    await synced;
    return when(
      () => holds(cache),
      (listener) => cache.onChange(listener),
      what,
      timeoutMs,
    );
  }

  /** Runs a program inside of the meta-cluster's node. */
  onNode(command: string, ...args: string[]): Promise<string> {
    return this.onHost('meta', command, ...args);
  }

  /** Runs a program inside of a sandbox host. */
  async onHost(host: string, command: string, ...args: string[]): Promise<string> {
    const pid = String(await this.initOf(host));
    return run('nsenter', [
      '--target',
      pid,
      '--mount',
      '--uts',
      '--ipc',
      '--net',
      '--pid',
      '--',
      command,
      ...args,
    ]);
  }

  /** The first process of a sandbox host, as the machine numbers it. */
  async initOf(host: string): Promise<number> {
    return Number((await readFile(join(this.dir.node(host), 'init.pid'), 'utf8')).split(' ', 1)[0]);
  }

  /** Process id of the service; of its child that runs now, not of its supervisor. */
  async servicePid(): Promise<number> {
    const { pid } = JSON.parse(await readFile(join(this.dir.service, 'berth.json'), 'utf8')) as {
      pid: number;
    };
    const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8');
    return Number(children.trim());
  }

  /** The settings that the service was started with. */
  async serviceEnvironment(): Promise<Record<string, string>> {
    const text = await readFile(`/proc/${await this.servicePid()}/environ`, 'utf8');
    const entries = text.split('\0').map((entry) => entry.split(/=(.*)/s, 2) as [string, string]);
    return Object.fromEntries(entries.filter(([name]) => name.startsWith('BERTH_')));
  }

  /** Ends the service and its supervisor, as `berth down` does; `berth up` starts them again. */
  async stopService(): Promise<void> {
    const pid = await this.#supervisorPid();
    process.kill(pid, 'SIGTERM');
    await eventually(() => Promise.resolve(!existsSync(`/proc/${pid}`)), 'the service to end', 30_000);
  }

  /** Whether the service answers and is ready. */
  async isServing(): Promise<boolean> {
    const answer = await fetch(new URL('/readyz', this.service)).catch(() => undefined);
    return answer?.ok ?? false;
  }

  /** Stops the service in its tracks; answers how to let it go on. */
  async freezeService(): Promise<() => void> {
    const pid = await this.servicePid();
    process.kill(pid, 'SIGSTOP');
    return () => void process.kill(pid, 'SIGCONT');
  }

  async #supervisorPid(): Promise<number> {
    const state = await readFile(join(this.dir.service, 'berth.json'), 'utf8');
    return (JSON.parse(state) as { pid: number }).pid;
  }

  #kubectl(kubeconfig: string): Kubectl {
    return new Kubectl({ command: this.command, kubeconfig, cacheDir: join(this.scratch, 'kubectl') });
  }
}
