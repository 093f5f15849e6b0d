/** What the gates of a change of version want to know about a hosted cluster, asked of its own API server. */
import type { V1PodDisruptionBudget } from '@kubernetes/client-node';
import { wholeAmount } from '../../control-plane/quantity.js';
import type { KubeClient } from '../../kube/client.js';
import { isNotFound } from '../../kube/kube-error.js';
import { customResource, pathOf, resources } from '../../kube/resources.js';
import type { KubeObject, Typed } from '../../kube/types.js';
import type { Cluster } from '../../model/cluster.js';
import type { ControlPlaneVersionSpec } from '../../model/control-plane-version.js';
import type { PlanSpec } from '../../model/plan.js';
import type { UpgradeFacts } from '../../versions/gates.js';
import { sample, samples } from './metrics-text.js';

interface FactsInput {
  /** The hosted cluster, as Berth's own administrator of it. */
  hosted: KubeClient;
  cluster: Cluster;
  plan: PlanSpec | undefined;
  /** What runs: its added kinds may have objects. */
  from: ControlPlaneVersionSpec;
  unfinishedOperation: string | undefined;
}

/** @throws KubeError when the hosted API server does not tell: what nobody could look at counts for no gate */
export async function upgradeFacts(input: FactsInput): Promise<UpgradeFacts> {
  const { hosted, cluster, plan, from, unfinishedOperation } = input;
  const [nodes, budgets, deadWebhooks, metrics, objectsOf] = await Promise.all([
    hosted.list(resources.Node),
    hosted.list(resources.PodDisruptionBudget),
    webhooksWithoutEndpoint(hosted),
    hosted.text({ method: 'GET', path: '/metrics' }),
    countObjects(hosted, from.changesSinceLastMinor?.addedResources ?? []),
  ]);
  const size = sample(metrics, 'apiserver_storage_size_bytes');
  return {
    nodes: nodes.items.map(({ metadata, status }) => ({
      name: metadata.name,
      kubeletVersion: (status?.nodeInfo?.kubeletVersion ?? '').replace(/^v/, ''),
    })),
    deprecatedRequests: deprecatedRequests(metrics),
    deadWebhooks,
    blockingBudgets: budgets.items
      .filter(neverAllows)
      .map(({ metadata }) => `${metadata.namespace}/${metadata.name}`),
    objectsOf,
    store: size !== undefined && plan ? { size, quota: wholeAmount(plan.etcd.quota) } : undefined,
    certificates: cluster.status?.certificates ?? [],
    unfinishedOperation,
  };
}

/** Healthy, and yet no pod may go: waiting does not help. */
function neverAllows({ status }: Typed<V1PodDisruptionBudget>): boolean {
  const { disruptionsAllowed = 0, currentHealthy = 0, desiredHealthy = 0, expectedPods = 0 } = status ?? {};
  return (
    expectedPods > 0 &&
    disruptionsAllowed === 0 &&
    currentHealthy >= desiredHealthy &&
    currentHealthy === expectedPods
  );
}

interface WebhookConfiguration extends KubeObject {
  webhooks?: {
    name: string;
    failurePolicy?: string;
    clientConfig: { service?: { namespace: string; name: string } };
  }[];
}

const admission = (kind: string) =>
  customResource<WebhookConfiguration>('admissionregistration.k8s.io/v1', {
    kind,
    plural: `${kind.toLowerCase()}s`,
    namespaced: false,
  });
const WEBHOOKS = ['ValidatingWebhookConfiguration', 'MutatingWebhookConfiguration'].map(admission);

async function webhooksWithoutEndpoint(hosted: KubeClient): Promise<string[]> {
  const [slices, ...lists] = await Promise.all([
    hosted.list(resources.EndpointSlice),
    ...WEBHOOKS.map((resource) => hosted.list(resource)),
  ]);
  const served = new Set(
    slices.items
      .filter((slice) =>
        (slice as { endpoints?: { conditions?: { ready?: boolean } }[] }).endpoints?.some(
          ({ conditions }) => conditions?.ready !== false,
        ),
      )
      .map(({ metadata }) => `${metadata.namespace}/${metadata.labels?.['kubernetes.io/service-name']}`),
  );
  return lists
    .flatMap(({ items }) => items.flatMap(({ webhooks = [] }) => webhooks))
    .filter(({ failurePolicy, clientConfig: { service } }) => {
      return failurePolicy !== 'Ignore' && service && !served.has(`${service.namespace}/${service.name}`);
    })
    .map(({ name }) => name);
}

/** The gauge names a release as `1.38`, and none where nobody has decided yet. */
function deprecatedRequests(metrics: string): UpgradeFacts['deprecatedRequests'] {
  return samples(metrics, 'apiserver_requested_deprecated_apis').flatMap(({ labels }) => {
    const { group = '', version = '', resource = '', removed_release: removedRelease } = labels;
    if (!removedRelease) return [];
    return [{ resource: [resource, version, group].filter(Boolean).join('.'), removedRelease }];
  });
}

interface FirstPage {
  items: unknown[];
  metadata: { remainingItemCount?: number };
}

async function countObjects(hosted: KubeClient, names: readonly string[]): Promise<Record<string, number>> {
  const counts = await Promise.all(names.map(async (name) => [name, await countOf(hosted, name)] as const));
  return Object.fromEntries(counts);
}

/** Zero for what is not served. The API server tells how many more there are than the one asked for. */
async function countOf(hosted: KubeClient, name: string): Promise<number> {
  const [plural = '', version = '', ...group] = name.split('.');
  const path = pathOf({ group: group.join('.'), version, plural, kind: '', namespaced: false });
  try {
    const body = await hosted.text({ method: 'GET', path, query: { limit: 1 } });
    const { items, metadata } = JSON.parse(body) as FirstPage;
    return items.length + (metadata.remainingItemCount ?? 0);
  } catch (error) {
    if (isNotFound(error)) return 0;
    throw error;
  }
}
