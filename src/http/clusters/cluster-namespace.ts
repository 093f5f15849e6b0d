import { BerthError } from '../../core/errors.js';
import type { KubeClient } from '../../kube/client.js';
import { resources } from '../../kube/resources.js';
import type { KubeObject } from '../../kube/types.js';
import type { Cluster } from '../../model/cluster.js';
import { clusterLabels, labels } from '../../model/names.js';

/** The namespace of a new cluster. Throws NamespaceTaken or ClusterDeleting (409). */
export async function claimNamespace(
  client: Pick<KubeClient, 'createOnce' | 'get'>,
  cluster: Cluster,
): Promise<void> {
  const name = cluster.metadata.namespace ?? '';
  const made = await client.createOnce(namespaceOf(cluster, name), { fieldManager: 'berth-api' });
  // Ours without a Cluster is what a crash of an earlier attempt left.
  if (!made) requireOurs(await client.get(resources.Namespace, { name }), cluster);
}

function namespaceOf({ metadata, spec }: Cluster, name: string): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: {
      name,
      labels: {
        ...clusterLabels(metadata.name, spec.tenant),
        'pod-security.kubernetes.io/enforce': 'restricted',
      },
    },
  };
}

function requireOurs(namespace: KubeObject, cluster: Cluster): void {
  const { name, deletionTimestamp, labels: found = {} } = namespace.metadata;
  if (deletionTimestamp) {
    throw new BerthError('ClusterDeleting', `What was in namespace "${name}" is still being deleted.`, {
      status: 409,
      next: 'Wait until it is gone, then send the request again.',
    });
  }
  if (found[labels.managedBy] === 'berth' && found[labels.cluster] === cluster.metadata.name) return;
  throw new BerthError('NamespaceTaken', `The namespace "${name}" exists and is not Berth's.`, {
    status: 409,
    fields: [{ path: 'metadata.name', message: 'its namespace is taken' }],
    next: 'Choose another name, or let an operator remove the namespace.',
  });
}
