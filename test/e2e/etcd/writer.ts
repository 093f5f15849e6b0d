import { setTimeout as sleep } from 'node:timers/promises';
import { KubeClient } from '../../../src/kube/client.js';
import { connectionFromKubeconfig } from '../../../src/kube/connection.js';
import { isAlreadyExists } from '../../../src/kube/kube-error.js';
import { resources } from '../../../src/kube/resources.js';

const PACE_MS = 100;

/** Writes one object after the other, and remembers which of them were acknowledged. */
export class Writer {
  readonly #acknowledged: string[] = [];
  readonly #stopped = new AbortController();
  readonly #ended: Promise<void>;

  private constructor(
    private readonly client: KubeClient,
    private readonly prefix: string,
  ) {
    this.#ended = this.#write();
  }

  static async start(kubeconfig: string, prefix: string): Promise<Writer> {
    return new Writer(new KubeClient(await connectionFromKubeconfig({ file: kubeconfig })), prefix);
  }

  get acknowledged(): number {
    return this.#acknowledged.length;
  }

  /** For whoever does not ask what is missing. */
  async stop(): Promise<void> {
    if (!this.#stopped.signal.aborted) await this.missing();
  }

  /** Stops and says which acknowledged objects are not there. */
  async missing(): Promise<string[]> {
    this.#stopped.abort();
    await this.#ended;
    const { items } = await this.client.list(resources.ConfigMap, { namespace: 'default' });
    await this.client.close();
    const found = new Set(items.map(({ metadata }) => metadata.name));
    return this.#acknowledged.filter((name) => !found.has(name));
  }

  /** What failed may have been written all the same; only an answer of success is an acknowledgement. */
  async #write(): Promise<void> {
    for (let number = 0; !this.#stopped.signal.aborted; number++) {
      const name = `${this.prefix}-${number}`;
      const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'default' } };
      try {
        await this.client.create(object);
        this.#acknowledged.push(name);
      } catch (error) {
        if (isAlreadyExists(error)) this.#acknowledged.push(name);
      }
      await sleep(PACE_MS);
    }
  }
}
