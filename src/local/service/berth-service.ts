/** The Berth service as a process of this machine, and what the command line needs to find it. */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { BerthError } from '../../core/errors.js';
import type { DataDir } from '../paths.js';
import { waitUntil } from '../wait.js';
import { BackgroundProcess } from './background-process.js';

const READY_TIMEOUT_MS = 60_000;
const PROBE_TIMEOUT_MS = 2_000;
const LOG_TAIL_LINES = 5;
const MAIN = fileURLToPath(new URL('../../main.js', import.meta.url));

export interface ServiceOptions {
  dir: DataDir;
  /** kubeconfig of the meta-cluster. */
  kubeconfig: string;
  port: number;
  /** Name in Leases. */
  identity: string;
  /** CIDR of which clusters get their pod networks. */
  podNetworkPool?: string;
  /** `ip:port` of the shared ingress, when the meta-cluster is the embedded one. */
  ingressAddress?: string;
}

/** What `client.json` holds. */
export interface ClientConfig {
  server: string;
  /** File of the bearer token. */
  tokenFile: string;
}

export class BerthService {
  readonly url: string;
  readonly process: BackgroundProcess;

  constructor(private readonly options: ServiceOptions) {
    const { dir, kubeconfig, port, identity, podNetworkPool, ingressAddress } = options;
    this.url = `http://127.0.0.1:${port}`;
    this.process = new BackgroundProcess({
      name: 'berth',
      directory: dir.service,
      command: process.execPath,
      args: [MAIN],
      env: {
        BERTH_ROLE: 'all',
        BERTH_IDENTITY: identity,
        BERTH_KUBECONFIG: kubeconfig,
        BERTH_LISTEN: `127.0.0.1:${port}`,
        BERTH_TOKEN_FILE: dir.token,
        BERTH_BACKUP_STORE: pathToFileURL(dir.backups).href,
        BERTH_BACKUP_KEY_FILE: dir.backupKeys,
        BERTH_POD_NETWORK_POOL: podNetworkPool ?? '',
        BERTH_INGRESS_ADDRESS: ingressAddress ?? '',
        // Only the embedded meta-cluster's Services are routed on this machine.
        BERTH_HOSTED_ACCESS: ingressAddress === undefined ? 'endpoint' : 'service',
      },
    });
  }

  /** Starts the service, waits until it is ready and tells the command line where it is. */
  async ensure(): Promise<void> {
    if (!existsSync(MAIN)) {
      throw new BerthError('ServiceNotBuilt', `${MAIN} is missing`, { next: 'Run `npm run build`.' });
    }
    await ensureToken(this.options.dir.token);
    await ensureBackupKey(this.options.dir.backupKeys);
    await this.process.ensure();
    const ready = (): Promise<boolean> => this.isReady();
    await waitUntil('the Berth service to be ready', ready, READY_TIMEOUT_MS, 100, () => this.logTail());
    const client: ClientConfig = { server: this.url, tokenFile: this.options.dir.token };
    await writeFile(this.options.dir.client, `${JSON.stringify(client, undefined, 2)}\n`);
  }

  /** The service of this data directory answers: another one on the same port does not know the token. */
  async isReady(): Promise<boolean> {
    try {
      const [token = ''] = (await readFile(this.options.dir.token, 'utf8')).split(/[,\s]/, 1);
      const headers = { authorization: `Bearer ${token}` };
      const ask = (path: string): Promise<Response> =>
        fetch(`${this.url}${path}`, { headers, signal: AbortSignal.timeout(PROBE_TIMEOUT_MS) });
      return (await ask('/readyz')).ok && (await ask('/api/v1/whoami')).ok;
    } catch {
      return false;
    }
  }

  private async logTail(): Promise<string> {
    const lines = (await readFile(this.process.logFile, 'utf8').catch(() => '')).trim().split('\n');
    return [`its log ${this.process.logFile} ends with`, ...lines.slice(-LOG_TAIL_LINES)].join('\n');
  }
}

/** A key for backups of our own making; one that is there stays, or its backups would be lost. */
async function ensureBackupKey(path: string): Promise<void> {
  if (existsSync(path)) return;
  await writeFile(path, `key-1:${randomBytes(32).toString('base64')}\n`, { mode: 0o600 });
}

/** A token of our own making, readable by its owner only; an existing one stays. */
async function ensureToken(path: string): Promise<void> {
  if (existsSync(path)) return;
  await writeFile(path, `${randomBytes(32).toString('base64url')}\n`, { mode: 0o600 });
}
