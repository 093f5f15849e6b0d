import ipaddr from 'ipaddr.js';
import { isConflict, isNotFound } from '../kube/kube-error.js';
import type { ReconcileContext, ReconcileResult } from '../kube/runner.js';
import { refOf } from '../kube/types.js';
import type { Cluster } from '../model/cluster.js';
import { berthResources } from '../model/kinds.js';
import { NodeCertificateApprover } from '../nodes/certificates/approver.js';
import type { ServingFacts } from '../nodes/certificates/kubelet-serving.js';
import { canonicalAddress, firstServiceAddress } from '../pki/sans.js';
import type { ClusterServices } from './scope.js';

/** Decides on the certificates that nodes of a hosted cluster ask for. Apart from its masters, so that it never waits. */
export class NodeCertificatesReconciler {
  constructor(private readonly services: ClusterServices) {}

  /** @param key `namespace/name` of a Cluster. */
  async reconcile(key: string, { logger }: Pick<ReconcileContext, 'logger'>): Promise<ReconcileResult> {
    const { clock, hosted: clusters, world } = this.services;
    const cluster = world.find(berthResources.Cluster, refOf(key));
    const hosted = cluster && clusters.opened(cluster.metadata.name);
    if (!cluster || !hosted || cluster.metadata.deletionTimestamp) return { kind: 'done' };
    const options = { client: hosted.client, reserved: reservedNames(cluster), clock };
    const approver = new NodeCertificateApprover({
      ...options,
      logger: logger.child({ cluster: cluster.metadata.name }),
    });
    const again: number[] = [];
    for (const request of hosted.pendingCertificates()) {
      const afterMs = await approver.decide(request).catch(unlessStale);
      if (afterMs !== undefined) again.push(afterMs);
    }
    return again.length === 0 ? { kind: 'done' } : { kind: 'requeue', afterMs: Math.min(...again) };
  }
}

/** What was read is older than what is there: the newer version is on its way. */
function unlessStale(error: unknown): undefined {
  if (!isConflict(error) && !isNotFound(error)) throw error;
}

/** What no node may call itself, or it could pose as the API server: both have certificates of one authority. */
function reservedNames({ spec, status }: Cluster): ServingFacts['reserved'] {
  const { clusterDomain, serviceCIDR } = spec.network;
  const { host, address, internalAddresses = [] } = status?.endpoint ?? {};
  const reached = [host, address, ...internalAddresses].filter((name) => name !== undefined);
  const service = 'kubernetes.default.svc';
  const names = ['localhost', 'kubernetes', 'kubernetes.default', service, `${service}.${clusterDomain}`];
  return {
    dnsNames: new Set([...names, ...reached.filter((name) => !ipaddr.isValid(name))]),
    ips: new Set([
      firstServiceAddress(serviceCIDR),
      ...reached.filter((name) => ipaddr.isValid(name)).map(canonicalAddress),
    ]),
    serviceCIDR,
  };
}
