import { digestOf } from '../../core/digest.js';
import type { Cluster } from '../../model/cluster.js';
import { annotations, API_VERSION, clusterLabels, clusterNamespace, finalizers } from '../../model/names.js';
import type { ClusterCreation } from '../schemas.js';
import { traceAnnotation } from '../trace-annotation.js';

/** The Cluster that a request asks for, with the pod network it gets. */
export function newCluster(
  { metadata, spec }: ClusterCreation,
  { createdBy, podCIDR }: { createdBy: string; podCIDR: string },
): Cluster {
  const { name } = metadata;
  const cluster: Cluster = {
    apiVersion: API_VERSION,
    kind: 'Cluster',
    metadata: {
      name,
      namespace: clusterNamespace(name),
      labels: { ...metadata.labels, ...clusterLabels(name, spec.tenant) },
      annotations: {
        ...metadata.annotations,
        ...traceAnnotation(),
        [annotations.createdBy]: createdBy,
      },
      // From the start, or a deletion before the reconciler comes by would leave the namespace behind.
      finalizers: [finalizers.cluster],
    },
    spec: { ...spec, network: { ...spec.network, podCIDR } },
  };
  return withAnnotation(cluster, annotations.requestDigest, requestDigest({ metadata, spec }));
}

/** What tells two requests for the same name apart, whoever sent them. */
export function requestDigest({ metadata, spec }: ClusterCreation): string {
  return digestOf({ metadata, spec });
}

function withAnnotation(cluster: Cluster, key: string, value: string): Cluster {
  return {
    ...cluster,
    metadata: { ...cluster.metadata, annotations: { ...cluster.metadata.annotations, [key]: value } },
  };
}
