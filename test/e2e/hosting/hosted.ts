import { readFile } from 'node:fs/promises';
import { load } from 'js-yaml';
import { type Pod, resources } from '../../../src/kube/resources.js';
import type { Problem } from '../../../src/http/problem.js';
import type { KubeconfigAnswer } from '../../../src/http/schemas.js';
import type { Cluster, ClusterStatus } from '../../../src/model/cluster.js';
import { findCondition, isTrue } from '../../../src/model/conditions.js';
import { berthResources } from '../../../src/model/kinds.js';
import { API_VERSION, clusterNamespace, labels } from '../../../src/model/names.js';
import type { Operation } from '../../../src/model/operation.js';
import type { Embedded } from '../../support/embedded.js';
import type { Kubectl } from '../../support/kubectl.js';

const READY_MS = 120_000;
const GONE_MS = 90_000;

/** One hosted cluster of a test. */
export class Hosted {
  readonly namespace: string;

  constructor(
    readonly meta: Embedded,
    readonly name: string,
  ) {
    this.namespace = clusterNamespace(name);
  }

  /** Asks for a cluster; throws what the API answers unless that is 201. */
  static async create(meta: Embedded, name: string, spec: object = {}): Promise<Hosted> {
    const body = { metadata: { name }, spec: { version: '1.36.3', ...spec } };
    const hosted = new Hosted(meta, name);
    const answer = await meta.api<Problem>('/api/v1/clusters', { body });
    if (answer.body.code === 'ClusterDeleting') {
      // An earlier run on the same meta-cluster has only just let go of it.
      await hosted.gone();
      return Hosted.create(meta, name, spec);
    }
    if (answer.status !== 201) throw new Error(`creating ${name}: ${JSON.stringify(answer.body)}`);
    return hosted;
  }

  /** Asks for it without the service, as GitOps does: `kubectl apply` of a namespace and a Cluster. */
  async apply(): Promise<void> {
    const { name, namespace } = this;
    await this.meta.kubectl.apply(
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
      {
        apiVersion: API_VERSION,
        kind: 'Cluster',
        metadata: { name, namespace },
        spec: { version: '1.36.3' },
      },
    );
  }

  get path(): string {
    return `/api/v1/clusters/${this.name}`;
  }

  get(): Promise<Cluster> {
    return this.meta.client.get(berthResources.Cluster, this);
  }

  async status(): Promise<ClusterStatus> {
    return (await this.get()).status ?? {};
  }

  /** Waits until what was asked for last is there. */
  async ready(timeoutMs = READY_MS): Promise<Cluster> {
    return this.condition('Ready', 'True', timeoutMs);
  }

  /** Waits until a condition has a value for the present generation, which a cache may not have seen yet. */
  async condition(type: string, status: 'True' | 'False', timeoutMs = READY_MS): Promise<Cluster> {
    const { generation: asked = 0 } = (await this.get()).metadata;
    const isCurrent = ({ metadata: { generation = 0 }, status: observed }: Cluster) =>
      generation >= asked && observed?.observedGeneration === generation;
    try {
      return await this.meta.until(
        berthResources.Cluster,
        `${type}=${status} of ${this.name}`,
        (clusters) => {
          const cluster = clusters.get(this);
          const holds = findCondition(cluster?.status?.conditions, type)?.status === status;
          return holds && cluster && isCurrent(cluster) && cluster;
        },
        timeoutMs,
      );
    } catch (error) {
      const { conditions = [] } = await this.status().catch((): ClusterStatus => ({}));
      const told = conditions.map((one) => `${one.type}=${one.status} ${one.reason} ${one.message}`);
      throw new Error([(error as Error).message, ...told].join('\n  '), { cause: error });
    }
  }

  /** Has the reconciler look at the cluster as it is now, and waits until it did: what it applies last is back. */
  async reconciled(): Promise<void> {
    const { meta, namespace } = this;
    const ref = { namespace, name: 'kube-scheduler' };
    const { uid } = (await meta.client.get(resources.NetworkPolicy, ref)).metadata;
    await meta.client.delete(resources.NetworkPolicy, ref);
    await meta.until(resources.NetworkPolicy, `the last policy of ${this.name} to be back`, (policies) => {
      const live = policies.get(ref);
      return live !== undefined && live.metadata.uid !== uid;
    });
    await this.ready();
  }

  /** `name uid` of each pod of its masters, or of one component of them. */
  async pods(component?: string): Promise<string[]> {
    const { items } = await this.meta.client.list(resources.Pod, { namespace: this.namespace });
    return items
      .filter((pod) => !component || componentOf(pod) === component)
      .map(idOf)
      .sort();
  }

  /** Waits until none of the pods of a component that were there before is left, and `count` others are ready. */
  async replaced(
    component: string,
    before: readonly string[],
    { count = before.length, timeoutMs = READY_MS } = {},
  ): Promise<void> {
    await this.meta.until(
      resources.Pod,
      `other pods of ${component} in ${this.namespace}`,
      (pods) => {
        const now = pods.list(this.namespace).filter((pod) => componentOf(pod) === component);
        const isNone = now.every((pod) => !before.includes(idOf(pod)));
        return isNone && now.filter(isPodReady).length === count;
      },
      timeoutMs,
    );
  }

  async isReady(): Promise<boolean> {
    return isTrue((await this.status()).conditions, 'Ready');
  }

  /** The kubeconfig that the service hands out. */
  async kubeconfig(token?: string): Promise<string> {
    const answer = await this.meta.api<KubeconfigAnswer>(`${this.path}/kubeconfig`, { body: {}, token });
    if (answer.status !== 201) throw new Error(`kubeconfig of ${this.name}: ${JSON.stringify(answer.body)}`);
    return answer.body.kubeconfig;
  }

  async kubectl(): Promise<Kubectl> {
    return this.meta.kubectlWith(await this.kubeconfig(), this.name);
  }

  /** Records of everything but its deletion, which are kept with the tenant. */
  async operations(): Promise<Operation[]> {
    return (await this.meta.client.list(berthResources.Operation, { namespace: this.namespace })).items;
  }

  async requestDeletion(token?: string): Promise<void> {
    const path = `${this.path}?confirm=${this.name}`;
    const { status, body } = await this.meta.api<Problem>(path, { method: 'DELETE', token });
    if (status !== 202 && status !== 404) throw new Error(`deleting ${this.name}: ${JSON.stringify(body)}`);
  }

  /** Waits until nothing of it is left. */
  async gone(timeoutMs = GONE_MS): Promise<void> {
    const { meta, namespace } = this;
    const absent = (objects: { get(ref: string): unknown }) => objects.get(namespace) === undefined;
    await meta.until(resources.Namespace, `${namespace} to be gone`, absent, timeoutMs);
    await meta.until(
      resources.PersistentVolume,
      `volumes of ${namespace} to be gone`,
      (volumes) => volumes.list().every(({ spec }) => spec?.claimRef?.namespace !== namespace),
      timeoutMs,
    );
  }

  /** Asks for its deletion and waits until nothing is left. A spec that is over need not wait: `requestDeletion`. */
  async delete(): Promise<void> {
    await this.requestDeletion();
    await this.gone();
  }
}

const componentOf = ({ metadata }: Pod) => metadata.labels?.[labels.component];
const idOf = ({ metadata }: Pod) => `${metadata.name} ${metadata.uid}`;
const isPodReady = ({ status }: Pod) =>
  status?.conditions?.some(({ type, status: value }) => type === 'Ready' && value === 'True');

/** What a kubeconfig holds, decoded. */
export interface Access {
  server: string;
  serverName: string;
  ca: string;
  cert: string;
  key: string;
}

export async function accessOf(kubectl: Kubectl): Promise<Access> {
  const config = load(await readFile(kubectl.kubeconfig, 'utf8')) as {
    clusters: { cluster: Record<string, string> }[];
    users: { user: Record<string, string> }[];
  };
  const cluster = config.clusters[0]?.cluster ?? {};
  const user = config.users[0]?.user ?? {};
  const decoded = (text = '') => Buffer.from(text, 'base64').toString();
  return {
    server: cluster['server'] ?? '',
    serverName: cluster['tls-server-name'] ?? '',
    ca: decoded(cluster['certificate-authority-data']),
    cert: decoded(user['client-certificate-data']),
    key: decoded(user['client-key-data']),
  };
}
