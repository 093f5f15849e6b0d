import type { KubeObject } from '../../kube/types.js';
import { clusterConditions } from '../../model/conditions.js';
import { ETCD_SERVICE } from '../../pki/certificates.js';
import { disruptionBudget, workload } from '../adapt.js';
import type { Arguments } from '../arguments.js';
import { asset } from '../assets.js';
import type { Component, ControlPlaneInput, PodSpec, Workload } from '../component.js';
import { wholeAmount } from '../quantity.js';
import { peerUrl } from './members.js';

/** Each hosted cluster's own etcd: one or three members with TLS between them and to the API servers. */
export const etcd: Component = {
  name: 'etcd',
  conditionType: clusterConditions.etcd,
  dependencies: [],
  workload: { kind: 'StatefulSet', name: ETCD_SERVICE },
  readsOnce: ['etcd-ca'],
  version: ({ version }) => version.etcdVersion,
  render: (input) => [
    asset('etcd/network-policy.yaml'),
    asset('etcd/service.yaml'),
    clientService(input),
    ...disruptionBudget('etcd', input),
    statefulSet(input),
  ],
};

interface Service extends KubeObject {
  spec: { publishNotReadyAddresses?: boolean; [field: string]: unknown };
}

/** A single member is dialled as soon as it listens: there is no other to turn to while it is not ready. */
function clientService({ plan }: ControlPlaneInput): Service {
  const object = asset('etcd/client.service.yaml') as Service;
  if (plan.etcd.replicas === 1) object.spec.publishNotReadyAddresses = true;
  return object;
}

interface ClaimTemplate {
  spec: { storageClassName?: string; resources?: { requests: { storage: string } } };
}

function statefulSet(input: ControlPlaneInput): Workload {
  const object = workload(etcd, input, {
    ...members(input),
    ...timing(input),
    ...notices(input),
    ...quota(input),
  });
  if (input.plan.etcd.replicas > 1) leaveBeforeStop(object.spec.template.spec);
  const { size, storageClassName } = input.plan.etcd.storage;
  for (const { spec } of object.spec.volumeClaimTemplates as ClaimTemplate[]) {
    spec.resources = { requests: { storage: size } };
    if (storageClassName !== undefined) spec.storageClassName = storageClassName;
  }
  return object;
}

/** Longer than a kube-proxy takes to see that a pod goes. */
const LEAVE_SECONDS = 5;

/**
 * A member that stops closes its port at once. By then the Service must send API servers that dial it anew to another
 * member: one refused connection is a second of errors (gRPC's first back-off), and the next ones are longer.
 */
function leaveBeforeStop({ containers }: PodSpec): void {
  for (const container of containers) {
    container.lifecycle = { preStop: { sleep: { seconds: LEAVE_SECONDS } } };
  }
}

/** Who the members are is not among the flags, but in a ConfigMap: it changes while they run. */
function members({ cluster: { namespace } }: ControlPlaneInput): Arguments {
  return {
    'advertise-client-urls': `https://$(POD_NAME).etcd.${namespace}.svc:2379`,
    'initial-advertise-peer-urls': peerUrl('$(POD_NAME)', namespace),
    'initial-cluster-token': namespace,
  };
}

/**
 * A single member has nobody to wait for, yet campaigns only after its election timeout (up to a second by default).
 * With others, the defaults leave room for a slow network.
 */
function timing({ plan }: ControlPlaneInput): Arguments {
  return plan.etcd.replicas === 1 ? { 'heartbeat-interval': '50', 'election-timeout': '250' } : {};
}

/**
 * Notices of progress wake every watch cache of an API server, a fifth of what a small idle cluster takes. They serve
 * clients that go from one API server to another (KEP-1904); reads that wait for a cache ask for their own. Often enough
 * for bookmarks, which come once a minute, and for watches to go on after a compaction (docs/adr/0021).
 */
function notices({ plan }: ControlPlaneInput): Arguments {
  return plan.apiServer.replicas === 1 ? { 'watch-progress-notify-interval': '1m' } : {};
}

function quota({ plan }: ControlPlaneInput): Arguments {
  return { 'quota-backend-bytes': String(wholeAmount(plan.etcd.quota)) };
}
