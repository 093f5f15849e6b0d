/** The embedded installation a benchmark runs on: one in a folder that is given, or one of its own, removed at the end. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { KubeClient } from '../../../dist/kube/client.js';
import { connectionFromKubeconfig } from '../../../dist/kube/connection.js';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..');

export class Installation {
  /** @param dataDir of an installation that is kept; @param args of `berth up` */
  static async open(dataDir, args = []) {
    const own = dataDir === undefined;
    const directory = dataDir ?? join(mkdtempSync(join(tmpdir(), 'berth-bench-')), 'data');
    const told = JSON.parse(
      berth(directory, '-o', 'json', 'up', ...args)
        .trim()
        .split('\n')
        .at(-1) ?? '',
    );
    const client = new KubeClient(await connectionFromKubeconfig({ file: told.kubeconfig }));
    return new Installation(directory, own, told, client);
  }

  constructor(dataDir, own, { service, ingress }, client) {
    Object.assign(this, { dataDir, own, service, ingress, client });
    [this.token] = readFileSync(join(dataDir, 'token'), 'utf8').split(/[\n,]/, 1);
  }

  /** The answer's body; 404 is one too. Throws what the service says otherwise. */
  async api(method, path, body) {
    const headers = {
      authorization: `Bearer ${this.token}`,
      ...(body && { 'content-type': 'application/json' }),
    };
    const response = await fetch(`${this.service}/api/v1/${path}`, {
      method,
      headers,
      body: body && JSON.stringify(body),
    });
    if (!response.ok && response.status !== 404)
      throw new Error(`${method} ${path}: ${await response.text()}`);
    return response.json();
  }

  async close() {
    await this.client.close();
    if (!this.own) return;
    berth(this.dataDir, 'down', '--purge');
    rmSync(dirname(this.dataDir), { recursive: true });
  }
}

export function berth(dataDir, ...args) {
  const command = join(ROOT, 'berth');
  const { stdout, status } = spawnSync(command, ['--data-dir', dataDir, ...args], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 2],
  });
  if (status !== 0) throw new Error(`berth ${args.join(' ')} failed`);
  return stdout;
}
