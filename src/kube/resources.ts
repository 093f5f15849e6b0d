import type * as k8s from '@kubernetes/client-node';
import { BerthError } from '../core/errors.js';
import type { KubeObject, Resource, Typed } from './types.js';

export type Node = Typed<k8s.V1Node>;
export type Pod = Typed<k8s.V1Pod>;

type Shape = Pick<Resource, 'kind'> & { plural?: string; namespaced?: boolean };

const served =
  (group: string, version: string) =>
  <T extends KubeObject>({
    kind,
    plural = `${kind.toLowerCase()}s`,
    namespaced = true,
  }: Shape): Resource<T> => ({
    group,
    version,
    kind,
    plural,
    namespaced,
  });

const core = served('', 'v1');
const apps = served('apps', 'v1');
const rbac = served('rbac.authorization.k8s.io', 'v1');
const networking = served('networking.k8s.io', 'v1');
const admission = served('admissionregistration.k8s.io', 'v1');
const gateway = served('gateway.networking.k8s.io', 'v1');

/** Describes a custom resource; the plural is the kind in lower case with an `s` unless told. */
export function customResource<T extends KubeObject = KubeObject>(
  groupVersion: string,
  shape: Shape,
): Resource<T> {
  const { group, version } = splitApiVersion(groupVersion);
  return served(group, version)<T>(shape);
}

/** The kinds Berth itself uses. Fields that are newer than the types are there all the same: objects are raw JSON. */
export const resources = {
  Namespace: core<Typed<k8s.V1Namespace>>({ kind: 'Namespace', namespaced: false }),
  Node: core<Node>({ kind: 'Node', namespaced: false }),
  PersistentVolume: core<Typed<k8s.V1PersistentVolume>>({ kind: 'PersistentVolume', namespaced: false }),
  PersistentVolumeClaim: core<Typed<k8s.V1PersistentVolumeClaim>>({ kind: 'PersistentVolumeClaim' }),
  Pod: core<Pod>({ kind: 'Pod' }),
  Secret: core<Typed<k8s.V1Secret>>({ kind: 'Secret' }),
  ConfigMap: core<Typed<k8s.V1ConfigMap>>({ kind: 'ConfigMap' }),
  Service: core<Typed<k8s.V1Service>>({ kind: 'Service' }),
  ServiceAccount: core<Typed<k8s.V1ServiceAccount>>({ kind: 'ServiceAccount' }),
  Endpoints: core<Typed<k8s.V1Endpoints>>({ kind: 'Endpoints', plural: 'endpoints' }),
  ResourceQuota: core<Typed<k8s.V1ResourceQuota>>({ kind: 'ResourceQuota' }),
  LimitRange: core<Typed<k8s.V1LimitRange>>({ kind: 'LimitRange' }),
  Deployment: apps<Typed<k8s.V1Deployment>>({ kind: 'Deployment' }),
  StatefulSet: apps<Typed<k8s.V1StatefulSet>>({ kind: 'StatefulSet' }),
  DaemonSet: apps<Typed<k8s.V1DaemonSet>>({ kind: 'DaemonSet' }),
  ReplicaSet: apps<Typed<k8s.V1ReplicaSet>>({ kind: 'ReplicaSet' }),
  Job: served('batch', 'v1')<Typed<k8s.V1Job>>({ kind: 'Job' }),
  CronJob: served('batch', 'v1')<Typed<k8s.V1CronJob>>({ kind: 'CronJob' }),
  PodDisruptionBudget: served(
    'policy',
    'v1',
  )<Typed<k8s.V1PodDisruptionBudget>>({ kind: 'PodDisruptionBudget' }),
  HorizontalPodAutoscaler: served(
    'autoscaling',
    'v2',
  )<Typed<k8s.V2HorizontalPodAutoscaler>>({
    kind: 'HorizontalPodAutoscaler',
  }),
  NetworkPolicy: networking<Typed<k8s.V1NetworkPolicy>>({ kind: 'NetworkPolicy', plural: 'networkpolicies' }),
  Ingress: networking<Typed<k8s.V1Ingress>>({ kind: 'Ingress', plural: 'ingresses' }),
  IngressClass: networking<Typed<k8s.V1IngressClass>>({
    kind: 'IngressClass',
    plural: 'ingressclasses',
    namespaced: false,
  }),
  EndpointSlice: served('discovery.k8s.io', 'v1')<Typed<k8s.V1EndpointSlice>>({ kind: 'EndpointSlice' }),
  Role: rbac<Typed<k8s.V1Role>>({ kind: 'Role' }),
  RoleBinding: rbac<Typed<k8s.V1RoleBinding>>({ kind: 'RoleBinding' }),
  ClusterRole: rbac<Typed<k8s.V1ClusterRole>>({ kind: 'ClusterRole', namespaced: false }),
  ClusterRoleBinding: rbac<Typed<k8s.V1ClusterRoleBinding>>({
    kind: 'ClusterRoleBinding',
    namespaced: false,
  }),
  Lease: served('coordination.k8s.io', 'v1')<Typed<k8s.V1Lease>>({ kind: 'Lease' }),
  Event: served('events.k8s.io', 'v1')<Typed<k8s.EventsV1Event>>({ kind: 'Event' }),
  CustomResourceDefinition: served(
    'apiextensions.k8s.io',
    'v1',
  )<Typed<k8s.V1CustomResourceDefinition>>({
    kind: 'CustomResourceDefinition',
    namespaced: false,
  }),
  StorageClass: served(
    'storage.k8s.io',
    'v1',
  )<Typed<k8s.V1StorageClass>>({
    kind: 'StorageClass',
    plural: 'storageclasses',
    namespaced: false,
  }),
  PriorityClass: served(
    'scheduling.k8s.io',
    'v1',
  )<Typed<k8s.V1PriorityClass>>({
    kind: 'PriorityClass',
    plural: 'priorityclasses',
    namespaced: false,
  }),
  CertificateSigningRequest: served(
    'certificates.k8s.io',
    'v1',
  )<Typed<k8s.V1CertificateSigningRequest>>({
    kind: 'CertificateSigningRequest',
    namespaced: false,
  }),
  ValidatingAdmissionPolicy: admission<Typed<k8s.V1ValidatingAdmissionPolicy>>({
    kind: 'ValidatingAdmissionPolicy',
    plural: 'validatingadmissionpolicies',
    namespaced: false,
  }),
  ValidatingAdmissionPolicyBinding: admission<Typed<k8s.V1ValidatingAdmissionPolicyBinding>>({
    kind: 'ValidatingAdmissionPolicyBinding',
    namespaced: false,
  }),
  APIService: served(
    'apiregistration.k8s.io',
    'v1',
  )<Typed<k8s.V1APIService>>({
    kind: 'APIService',
    namespaced: false,
  }),
  GatewayClass: gateway({ kind: 'GatewayClass', plural: 'gatewayclasses', namespaced: false }),
  Gateway: gateway({ kind: 'Gateway' }),
  TLSRoute: gateway({ kind: 'TLSRoute' }),
} as const;

/** `apps/v1` of a resource: what its objects carry as apiVersion. */
export function apiVersionOf({ group, version }: Pick<Resource, 'group' | 'version'>): string {
  return group ? `${group}/${version}` : version;
}

/** The two halves of an apiVersion. Throws InvalidApiVersion. */
export function splitApiVersion(apiVersion: string): { group: string; version: string } {
  const parts = apiVersion.split('/');
  const version = parts.pop();
  if (!version || parts.length > 1) {
    throw new BerthError('InvalidApiVersion', `"${apiVersion}" is not an apiVersion such as v1 or apps/v1`, {
      status: 422,
    });
  }
  return { group: parts[0] ?? '', version };
}

/** The URL path of a collection, of one object, or of a subresource of it. Throws NamespaceMissing. */
export function pathOf(resource: Resource, namespace?: string, name?: string, subresource?: string): string {
  if (name !== undefined && resource.namespaced && !namespace) {
    throw new BerthError('NamespaceMissing', `${resource.kind} "${name}" needs a namespace`, { status: 422 });
  }
  const root = resource.group ? `/apis/${resource.group}` : '/api';
  const within = resource.namespaced && namespace ? ['namespaces', namespace] : [];
  const segments = [resource.version, ...within, resource.plural, name, subresource];
  return [root, ...segments.filter((part) => part !== undefined).map(encodeURIComponent)].join('/');
}

const builtIns = new Map<string, Resource>(
  Object.values(resources).map((resource) => [`${apiVersionOf(resource)} ${resource.kind}`, resource]),
);

/** The built-in resource of an object, when it is one of those above. */
export function builtInResourceOf(object: Pick<KubeObject, 'apiVersion' | 'kind'>): Resource | undefined {
  return builtIns.get(`${object.apiVersion} ${object.kind}`);
}

/** Whether objects of a resource hold secrets, which may then not be quoted in errors. */
export function isConfidential(resource: Resource): boolean {
  return resource.group === '' && resource.kind === 'Secret';
}
