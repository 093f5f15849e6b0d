import type { ServiceExposure } from '../control-plane/component.js';
import type { KubeObject } from '../kube/types.js';
import type { ClusterSpec, ClusterStatus, ExposureType } from '../model/cluster.js';

/** How API servers are reached from outside, as one strategy for each type of exposure. All pure. */

export type IngressClass = NonNullable<ClusterSpec['exposure']['ingressClass']>;

/** What of the installation exposure depends on. */
export interface ExposureConfig {
  /** Hosts of clusters are `<cluster>.<domain>` unless the cluster names its own. */
  domain: string;
  defaultType: ExposureType;
  /** The shared gateway, for type Gateway. */
  gateway?: { namespace: string; name: string; sectionName?: string };
  /** The class for type Ingress when the cluster names none. */
  ingressClass?: IngressClass;
  /** Entry points of Traefik that carry the routes; absent: all of its default ones. */
  traefikEntryPoints?: readonly string[];
  /** IP or name of the shared gateway or ingress; absent: read from the Gateway's or Ingress's status. */
  sharedAddress?: string;
  /** Port of the shared gateway or ingress; 443 unless told. */
  sharedPort?: number;
  /** IPs of meta-cluster nodes that answer on NodePorts. */
  nodeAddresses: readonly string[];
}

export interface ExposureInput {
  cluster: { name: string; namespace: string; spec: ClusterSpec };
  config: ExposureConfig;
}

/** What is live of the objects that tell the endpoint. */
export interface LiveExposure {
  /** Service `kube-apiserver` of the cluster's namespace. */
  service?: KubeObject;
  /** The shared Gateway, for type Gateway. */
  gateway?: KubeObject;
  /** The object that `objects` rendered (TLSRoute, Ingress, IngressRouteTCP), when the type has one. */
  route?: KubeObject;
}

export type Endpoint = Required<
  Pick<
    NonNullable<ClusterStatus['endpoint']>,
    'host' | 'address' | 'port' | 'url' | 'internalAddresses' | 'internalPort'
  >
> &
  Pick<NonNullable<ClusterStatus['endpoint']>, 'agentPort'>;

/** Why something is not there yet: a stable word and a sentence. */
export interface Waiting {
  reason: string;
  message: string;
}

export type EndpointResult = { endpoint: Endpoint } | { waiting: Waiting };

export interface ExposureStrategy {
  type: ExposureType;
  /** How the Service of the API server must be. */
  service(input: ExposureInput): ServiceExposure;
  /** Routes in the cluster's namespace that lead to the Service. */
  objects(input: ExposureInput): KubeObject[];
  /** Where the API server is reached, from inside and outside; or what is missing to say so. */
  endpoint(input: ExposureInput, live: LiveExposure): EndpointResult;
  /** Undefined when the route leads to the API server, as far as its controller tells. */
  notProgrammed(live: LiveExposure): Waiting | undefined;
}
