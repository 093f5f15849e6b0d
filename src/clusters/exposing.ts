import { exposureStrategy } from '../exposure/strategies.js';
import type { ExposureInput, ExposureStrategy } from '../exposure/strategy.js';
import type { ClusterScope } from './scope.js';

/** What exposure strategies work from. A host once allocated stays. */
export function exposureInput({ cluster, status, services }: ClusterScope): ExposureInput {
  const { exposure: config } = services.installation;
  const type = status.exposureType ?? cluster.spec.exposure.type ?? config.defaultType;
  const host = status.endpoint?.host ?? cluster.spec.exposure.host;
  return {
    cluster: {
      name: cluster.metadata.name,
      namespace: cluster.metadata.namespace ?? '',
      spec: { ...cluster.spec, exposure: { ...cluster.spec.exposure, type, host } },
    },
    config: { ...config, nodeAddresses: config.nodeAddresses ?? services.world.nodeAddresses() },
  };
}

/** How this cluster is reached: what it was created with, else what it asks for, else the installation's default. */
export function strategyOf({ cluster, config }: ExposureInput): ExposureStrategy {
  return exposureStrategy(cluster.spec.exposure.type ?? config.defaultType);
}
