import type { Usage } from './certificate.js';
import type { LeafProfile } from './leaf.js';
import { firstServiceAddress, type SubjectAltName, subjectAltNames } from './sans.js';

/**
 * What every hosted cluster has of certificates: kubeadm's table (cmd/kubeadm/app/phases/certs/certlist.go), with
 * the names by which masters that run as pods are reached.
 */

/** Services in the cluster's namespace of the meta-cluster; certificates and manifests must agree on them. */
export const API_SERVER_SERVICE = 'kube-apiserver';
export const API_SERVER_PORT = 6443;
/** Headless, and the StatefulSet of the same name: gives members their names. */
export const ETCD_SERVICE = 'etcd';
/** What the API server dials. */
export const ETCD_CLIENT_SERVICE = 'etcd-client';
/** Port of the same Service that konnectivity agents dial. */
export const KONNECTIVITY_PORT = 8132;
/** Its server runs beside each API server, and agents come through the same Service. */
const KONNECTIVITY_TLS = 'konnectivity-server-tls';
const KONNECTIVITY_KUBECONFIG = 'konnectivity-server-kubeconfig';

/** What the certificates of one hosted cluster depend on. */
export interface PkiInput {
  clusterName: string;
  /** Namespace of the masters in the meta-cluster. */
  namespace: string;
  /** DNS domain of the meta-cluster, mostly `cluster.local`. */
  metaClusterDomain: string;
  /** DNS domain inside the hosted cluster. */
  clusterDomain: string;
  /** Service networks of the hosted cluster: one, or two when dual-stack. */
  serviceCIDRs: readonly string[];
  /** Host names under which the API server is exposed. */
  hostnames: readonly string[];
  /** Addresses dialled without a name: ingress, load balancer, nodes of a NodePort, node-local proxy. */
  ips: readonly string[];
  etcdReplicas: number;
  /** Nodes are reached through a tunnel, whose agents dial the addresses of the API server. */
  konnectivity?: boolean;
}

/** Authorities by the name of the Secret (`kubernetes.io/tls`) that holds them. */
export const authorities = [
  { name: 'ca', commonName: 'kubernetes', bundleKey: 'ca.crt' },
  { name: 'front-proxy-ca', commonName: 'front-proxy-ca', bundleKey: 'front-proxy-ca.crt' },
  { name: 'etcd-ca', commonName: 'etcd-ca', bundleKey: 'etcd-ca.crt' },
] as const;
export type AuthorityName = (typeof authorities)[number]['name'];

/** Secret of the service-account keys. */
export const SERVICE_ACCOUNT_SECRET = 'sa';
/** Secrets that cannot be made again: the authorities and the service-account keys. */
export type KeptSecret = AuthorityName | typeof SERVICE_ACCOUNT_SECRET;
/** ConfigMap of the authorities' certificates without their keys. */
export const CA_BUNDLE = 'ca-bundle';

export interface CertificateEntry {
  /** Name of the Secret. */
  secret: string;
  authority: AuthorityName;
  commonName: string;
  organizations?: readonly string[];
  usages: readonly Usage[];
  subjectAltNames?: (input: PkiInput) => SubjectAltName[];
  ttlDays: number;
  /**
   * The Secret also has a key `kubeconfig`. `files`: it names `tls.crt` and `tls.key` beside it, which client-go
   * reads again when they change, so that a renewal restarts nothing. `embedded`: it holds them.
   */
  kubeconfig?: 'files' | 'embedded';
  /** The kubeconfig is for a container of the API server's own pod. */
  samePod?: boolean;
  /** Absent: always there. */
  when?: (input: PkiInput) => boolean;
}

const CLIENT = ['clientAuth'] as const;
const SERVER = ['serverAuth'] as const;
// etcd dials itself with its server certificate, and members each other with their peer certificates.
const BOTH = ['serverAuth', 'clientAuth'] as const;
const YEAR = 365;

export const certificates: readonly CertificateEntry[] = [
  {
    secret: 'apiserver-tls',
    authority: 'ca',
    commonName: 'kube-apiserver',
    usages: SERVER,
    subjectAltNames: apiServerNames,
    ttlDays: YEAR,
  },
  {
    // No organization, as kubeadm since 1.36.1: a ClusterRoleBinding to system:kubelet-api-admin names the user.
    secret: 'apiserver-kubelet-client',
    authority: 'ca',
    commonName: 'kube-apiserver-kubelet-client',
    usages: CLIENT,
    ttlDays: YEAR,
  },
  {
    secret: 'front-proxy-client',
    authority: 'front-proxy-ca',
    commonName: 'front-proxy-client',
    usages: CLIENT,
    ttlDays: YEAR,
  },
  {
    secret: 'etcd-server',
    authority: 'etcd-ca',
    commonName: ETCD_SERVICE,
    usages: BOTH,
    subjectAltNames: etcdServerNames,
    ttlDays: YEAR,
  },
  {
    secret: 'etcd-peer',
    authority: 'etcd-ca',
    commonName: ETCD_SERVICE,
    usages: BOTH,
    subjectAltNames: etcdPeerNames,
    ttlDays: YEAR,
  },
  // Clients of etcd carry no names: etcd would compare a name with the address that the client dials from.
  {
    secret: 'etcd-healthcheck-client',
    authority: 'etcd-ca',
    commonName: 'kube-etcd-healthcheck-client',
    usages: CLIENT,
    ttlDays: YEAR,
  },
  {
    secret: 'apiserver-etcd-client',
    authority: 'etcd-ca',
    commonName: 'kube-apiserver-etcd-client',
    usages: CLIENT,
    ttlDays: YEAR,
  },
  {
    secret: KONNECTIVITY_TLS,
    authority: 'ca',
    commonName: 'konnectivity-server',
    usages: SERVER,
    subjectAltNames: konnectivityNames,
    ttlDays: YEAR,
    when: ({ konnectivity }) => konnectivity === true,
  },
  {
    // Reviews the tokens of agents, and tells them by leases how many servers there are.
    secret: KONNECTIVITY_KUBECONFIG,
    authority: 'ca',
    commonName: 'system:konnectivity-server',
    usages: CLIENT,
    ttlDays: YEAR,
    kubeconfig: 'files',
    samePod: true,
    when: ({ konnectivity }) => konnectivity === true,
  },
  {
    secret: 'controller-manager-kubeconfig',
    authority: 'ca',
    commonName: 'system:kube-controller-manager',
    usages: CLIENT,
    ttlDays: YEAR,
    kubeconfig: 'files',
  },
  {
    secret: 'scheduler-kubeconfig',
    authority: 'ca',
    commonName: 'system:kube-scheduler',
    usages: CLIENT,
    ttlDays: YEAR,
    kubeconfig: 'files',
  },
  {
    // Berth's own access. Never handed out: it is cluster-admin whatever RBAC says.
    secret: 'berth-admin-kubeconfig',
    authority: 'ca',
    commonName: 'berth:control-plane',
    organizations: ['system:masters'],
    usages: CLIENT,
    ttlDays: 30,
    kubeconfig: 'embedded',
  },
];

/** The entries that a cluster of this shape has. */
export function certificatesFor(input: PkiInput): CertificateEntry[] {
  return certificates.filter((entry) => entry.when === undefined || entry.when(input));
}

/** @throws BerthError `SubjectAltNameInvalid`, `ServiceCIDRInvalid` */
export function profileOf(entry: CertificateEntry, input: PkiInput): LeafProfile {
  return {
    commonName: entry.commonName,
    organizations: entry.organizations ?? [],
    usages: entry.usages,
    subjectAltNames: entry.subjectAltNames?.(input) ?? [],
    ttlSeconds: entry.ttlDays * 24 * 3600,
  };
}

/** How masters and Berth itself dial the API server, inside the meta-cluster or inside of its very pod. */
export function internalServer(
  { namespace }: Pick<PkiInput, 'namespace'>,
  samePod = false,
): { url: string; serverName: string } {
  const serverName = `${API_SERVER_SERVICE}.${namespace}.svc`;
  return { url: `https://${samePod ? '127.0.0.1' : serverName}:${API_SERVER_PORT}`, serverName };
}

function apiServerNames(input: PkiInput): SubjectAltName[] {
  const inCluster = serviceNames('kubernetes', 'default', input.clusterDomain);
  const inMetaCluster = serviceNames(API_SERVER_SERVICE, input.namespace, input.metaClusterDomain);
  return subjectAltNames(
    [...inCluster, ...inMetaCluster, 'localhost', ...input.hostnames],
    [...input.serviceCIDRs.map(firstServiceAddress), '127.0.0.1', '::1', ...input.ips],
  );
}

function etcdServerNames(input: PkiInput): SubjectAltName[] {
  const client = serviceNames(ETCD_CLIENT_SERVICE, input.namespace, input.metaClusterDomain);
  return subjectAltNames([...memberNames(input), ...client, 'localhost'], ['127.0.0.1', '::1']);
}

function etcdPeerNames(input: PkiInput): SubjectAltName[] {
  return subjectAltNames([...memberNames(input), 'localhost'], ['127.0.0.1', '::1']);
}

/**
 * A member accepts a peer whose address one of the certificate's names resolves to (etcd's checkCertSAN); the
 * wildcard counts only where reverse DNS works. So the members are named, fullest names first as they are looked
 * up in turn. The wildcard lets a new member be dialled before the certificate names it.
 */
function memberNames({ etcdReplicas, namespace, metaClusterDomain }: PkiInput): string[] {
  const short = `${ETCD_SERVICE}.${namespace}.svc`;
  const full = `${short}.${metaClusterDomain}`;
  const members = Array.from({ length: etcdReplicas }, (_, i) => `${ETCD_SERVICE}-${i}`);
  return [
    ...members.map((name) => `${name}.${full}`),
    ...members.map((name) => `${name}.${short}`),
    `*.${full}`,
    `*.${short}`,
    ...serviceNames(ETCD_SERVICE, namespace, metaClusterDomain),
    ...members,
  ];
}

function konnectivityNames({ hostnames, ips, namespace, metaClusterDomain }: PkiInput): SubjectAltName[] {
  const service = serviceNames(API_SERVER_SERVICE, namespace, metaClusterDomain);
  return subjectAltNames([...service, ...hostnames], ips);
}

/** The four names of a Service that a pod's resolver knows. */
function serviceNames(service: string, namespace: string, domain: string): string[] {
  const local = `${service}.${namespace}`;
  return [service, local, `${local}.svc`, `${local}.svc.${domain}`];
}
