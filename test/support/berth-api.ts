import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { loadAll } from 'js-yaml';
import { TokenFile } from '../../src/access/tokens.js';
import { AppModule } from '../../src/app.module.js';
import { readConfig } from '../../src/core/config.js';
import { createLogger, type Logger } from '../../src/core/logging.js';
import { Metrics } from '../../src/core/metrics.js';
import { createApplication } from '../../src/http/application.js';
import type { Problem } from '../../src/http/problem.js';
import type { KubeClient } from '../../src/kube/client.js';
import type { KubeObject } from '../../src/kube/types.js';
import { kinds } from '../../src/model/kinds.js';
import { TestApiServer } from './kube-apiserver.js';

const MANIFESTS = join(import.meta.dirname, '..', '..', 'manifests');
export const TOKEN = 'operator-token-of-the-tests';
/** A second person of the token file. */
export const ANNAS_TOKEN = 'token-of-anna-for-the-tests';

export interface Answer<T = unknown> {
  status: number;
  headers: Headers;
  body: T;
}

export interface Sending {
  method?: string;
  body?: unknown;
  headers?: Record<string, string>;
  token?: string;
}

/**
 * The REST API over a real kube-apiserver with our CRDs, plans and versions. No reconciler runs: what they would
 * write is written by the tests.
 */
export class TestApi {
  private constructor(
    readonly meta: TestApiServer,
    readonly client: KubeClient,
    readonly url: string,
    readonly tokenFile: string,
    readonly app: NestFastifyApplication,
    private readonly directory: string,
  ) {}

  /** @param variables of the environment of the service. */
  static async start(variables: Record<string, string> = {}): Promise<TestApi> {
    const meta = await TestApiServer.start();
    const client = await meta.client();
    await installBerth(client);
    const directory = await mkdtemp(join(tmpdir(), 'berth-api-'));
    const tokenFile = join(directory, 'tokens');
    await writeFile(tokenFile, `${TOKEN}\n${ANNAS_TOKEN},anna\n`);
    const app = await startService(meta, tokenFile, variables);
    await app.listen({ host: '127.0.0.1', port: 0 });
    const api = new TestApi(meta, client, await app.getUrl(), tokenFile, app, directory);
    await api.untilReady();
    return api;
  }

  async send<T = Problem>(path: string, sending: Sending = {}): Promise<Answer<T>> {
    const { method = sending.body === undefined ? 'GET' : 'POST', body, headers, token = TOKEN } = sending;
    const response = await fetch(new URL(path, this.url), {
      method,
      headers: {
        ...(token !== '' && { authorization: `Bearer ${token}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
    const text = await response.text();
    const isJson = /json/.test(response.headers.get('content-type') ?? '');
    return {
      status: response.status,
      headers: response.headers,
      body: (isJson ? JSON.parse(text) : text) as T,
    };
  }

  async untilReady(): Promise<void> {
    for (let attempt = 0; attempt < 200; attempt++) {
      if ((await fetch(new URL('/readyz', this.url))).ok) return;
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
    throw new Error(`not ready: ${await (await fetch(new URL('/readyz', this.url))).text()}`);
  }

  async stop(): Promise<void> {
    await this.app.close();
    await this.meta.stop();
    await rm(this.directory, { recursive: true, force: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}

async function startService(
  meta: TestApiServer,
  tokenFile: string,
  variables: Record<string, string>,
): Promise<NestFastifyApplication> {
  const config = readConfig({
    BERTH_ROLE: 'api',
    BERTH_RATE_LIMIT: '1000000',
    BERTH_INGRESS_ADDRESS: '10.9.8.7:443',
    BERTH_DOMAIN: 'berth.test',
    BERTH_TOKEN_FILE: tokenFile,
    ...variables,
  });
  const metrics = new Metrics();
  const logger: Logger = createLogger({ level: process.env['BERTH_TEST_LOG'] ?? 'silent' });
  const tokens = new TokenFile(tokenFile);
  await tokens.load();
  const client = await meta.client();
  return createApplication({
    module: AppModule.of({ config, logger, metrics, client }),
    logger,
    metrics,
    api: { tokens, rateLimit: config.rateLimit },
  });
}

/** What `berth up` and the chart apply: CRDs first, then plans, versions and the default tenant. */
export async function installBerth(client: KubeClient): Promise<void> {
  await applyFolder(client, 'crds');
  for (let served = false; !served;) {
    const answer = await client.raw({ method: 'GET', path: '/apis/berth.dev/v1alpha1' });
    served =
      answer.statusCode === 200 &&
      (JSON.parse(answer.body) as { resources: unknown[] }).resources.length >= 2 * kinds.length;
    if (!served) await new Promise((resolve) => setTimeout(resolve, 20));
  }
  await applyFolder(client, 'berth');
}

async function applyFolder(client: KubeClient, folder: string): Promise<void> {
  const directory = join(MANIFESTS, folder);
  for (const file of (await readdir(directory)).sort()) {
    const objects = loadAll(await readFile(join(directory, file), 'utf8')) as KubeObject[];
    for (const object of objects) await client.apply(object, { fieldManager: 'berth-test' });
  }
}
