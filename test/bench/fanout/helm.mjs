/** `helm upgrade --install` of the same chart, one release after the other, as the peer of the benchmark. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeChart, writeValues } from './chart.mjs';

export class Helm {
  /** @param servers API servers; releases are spread over them, each in a namespace of its own */
  static async prepare(command, servers, count) {
    const directory = mkdtempSync(join(tmpdir(), 'berth-bench-helm-'));
    const kubeconfigs = [];
    for (const [i, server] of servers.entries()) {
      const file = join(directory, `kubeconfig-${i}`);
      writeFileSync(file, await server.kubeconfig(), { mode: 0o600 });
      kubeconfigs.push(file);
    }
    const helm = new Helm(command, directory, kubeconfigs, count);
    for (let i = 0; i < count; i++) {
      const client = await servers[i % servers.length].client();
      await client.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: `helm-${i}` } });
    }
    return helm;
  }

  constructor(command, directory, kubeconfigs, count) {
    Object.assign(this, { command, directory, kubeconfigs, count, chart: writeChart(directory) });
  }

  upgradeAll(image) {
    const values = writeValues(this.directory, image);
    return this.#each(['upgrade', '--install', 'app', this.chart, '--values', values]);
  }

  rollbackAll() {
    return this.#each(['rollback', 'app']);
  }

  /** Seconds for all releases, one after the other. */
  async #each(args) {
    const from = performance.now();
    for (let i = 0; i < this.count; i++) {
      const kubeconfig = this.kubeconfigs[i % this.kubeconfigs.length];
      await this.#run([...args, '--kubeconfig', kubeconfig, '--namespace', `helm-${i}`]);
    }
    return (performance.now() - from) / 1000;
  }

  async #run(args) {
    const home = ['CACHE', 'CONFIG', 'DATA'].map((name) => [`HELM_${name}_HOME`, join(this.directory, name)]);
    const env = { PATH: process.env.PATH, HOME: this.directory, ...Object.fromEntries(home) };
    const child = spawn(this.command, args, { env, stdio: ['ignore', 'ignore', 'pipe'] });
    let told = '';
    child.stderr.on('data', (chunk) => (told += chunk));
    const [code] = await once(child, 'close');
    if (code !== 0) throw new Error(`helm ${args.join(' ')}: ${told}`);
  }

  close() {
    rmSync(this.directory, { recursive: true, force: true });
  }
}
