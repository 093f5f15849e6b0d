/** The service as a process over API servers of a test: what it is started with, and what a client of it sends. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TOKEN } from './berth-api.js';
import { freePort } from './free-port.js';
import type { TestApiServer } from './kube-apiserver.js';
import { APPS_SERVICE, ServiceProcess } from './service-process.js';

export class AppsProcess {
  #service?: ServiceProcess;
  /** What all services of this test wrote, whatever became of them. */
  #before = '';

  private constructor(
    private readonly directory: string,
    private readonly variables: Readonly<Record<string, string>>,
    readonly url: string,
  ) {}

  /** @param variables of the environment of the service */
  static async start(meta: TestApiServer, variables: Record<string, string> = {}): Promise<AppsProcess> {
    const directory = await mkdtemp(join(tmpdir(), 'berth-apps-'));
    const [kubeconfig, tokenFile] = [join(directory, 'kubeconfig'), join(directory, 'tokens')];
    await writeFile(kubeconfig, await meta.kubeconfig(), { mode: 0o600 });
    await writeFile(tokenFile, `${TOKEN}\n`, { mode: 0o600 });
    const own = { BERTH_KUBECONFIG: kubeconfig, BERTH_TOKEN_FILE: tokenFile, BERTH_RATE_LIMIT: '1000000' };
    const all = { BERTH_INGRESS_ADDRESS: '10.9.8.7:443', ...own, ...variables };
    const apps = new AppsProcess(directory, all, `http://127.0.0.1:${await freePort()}`);
    await apps.restart();
    return apps;
  }

  get pid(): number {
    return this.#service?.pid ?? 0;
  }

  get output(): string {
    return this.#before + (this.#service?.output ?? '');
  }

  /** `kill -9`; nothing is finished. */
  async kill(): Promise<void> {
    await this.#service?.stop('SIGKILL');
  }

  /** Starts the service again, after a `kill` or at first. */
  async restart(): Promise<void> {
    this.#before = this.output;
    this.#service = new ServiceProcess(this.url, this.variables, [], APPS_SERVICE);
    await this.#service.untilReady();
  }

  /** The answer's body. Throws what the service says unless it did what was asked. */
  async send<T>(method: string, path: string, body?: object): Promise<T> {
    const response = await fetch(new URL(`/api/v1/${path}`, this.url), {
      method,
      headers: { authorization: `Bearer ${TOKEN}`, ...(body && { 'content-type': 'application/json' }) },
      body: body && JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`${method} ${path}: ${await response.text()}`);
    return (await response.json()) as T;
  }

  async stop(): Promise<void> {
    await this.kill();
    await rm(this.directory, { recursive: true, force: true });
  }
}
