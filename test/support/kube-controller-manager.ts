/** A real kube-controller-manager beside a `TestApiServer`, with the controllers a test needs. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { authorityData, createAuthority } from '../../src/pki/authority.js';
import { Child } from './child.js';
import { freePort } from './free-port.js';
import type { TestApiServer } from './kube-apiserver.js';
import { kubernetesBinary } from './kube-binaries.js';
import { sourceAt } from './pki.js';

export class ControllerManager {
  private constructor(
    private readonly child: Child,
    private readonly directory: string,
    /** PEM of the authority with which it signs certificates. */
    readonly authority: string,
  ) {}

  static async start(
    server: TestApiServer,
    controllers: readonly string[],
    flags: readonly string[] = [],
  ): Promise<ControllerManager> {
    const directory = await mkdtemp(join(tmpdir(), 'berth-kcm-'));
    const pair = authorityData(await createAuthority('kubernetes', sourceAt(Date.now())));
    await writeFile(join(directory, 'ca.crt'), pair['tls.crt']);
    await writeFile(join(directory, 'ca.key'), pair['tls.key'], { mode: 0o600 });
    await writeFile(join(directory, 'kubeconfig'), await server.kubeconfig(), { mode: 0o600 });
    const child = new Child(await kubernetesBinary('kube-controller-manager'), [
      `--kubeconfig=${join(directory, 'kubeconfig')}`,
      '--leader-elect=false',
      '--bind-address=127.0.0.1',
      `--secure-port=${await freePort()}`,
      `--controllers=${controllers.join(',')}`,
      `--cluster-signing-cert-file=${join(directory, 'ca.crt')}`,
      `--cluster-signing-key-file=${join(directory, 'ca.key')}`,
      ...flags,
    ]);
    return new ControllerManager(child, directory, pair['tls.crt']);
  }

  async stop(): Promise<void> {
    await this.child.kill();
    await rm(this.directory, { recursive: true, force: true });
  }
}
