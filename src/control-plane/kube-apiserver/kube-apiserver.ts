import type { KubeObject } from '../../kube/types.js';
import { clusterConditions } from '../../model/conditions.js';
import { API_SERVER_SERVICE, ETCD_CLIENT_SERVICE } from '../../pki/certificates.js';
import { disruptionBudget, workload } from '../adapt.js';
import type { Arguments } from '../arguments.js';
import { asset } from '../assets.js';
import { type Component, type ControlPlaneInput, kubernetesVersionLabel } from '../component.js';
import { konnectivityFlags, withKonnectivity } from '../konnectivity/konnectivity.js';
import { authenticationConfig } from './authentication.js';

export const kubeApiserver: Component = {
  name: 'kube-apiserver',
  conditionType: clusterConditions.apiServer,
  dependencies: ['etcd'],
  // For 30 s, until its first hook gives up.
  retriesDependencies: true,
  workload: { kind: 'Deployment', name: API_SERVER_SERVICE },
  // Who clients are it reads again by itself; whom to trust as a kubelet or an etcd it does not.
  readsOnce: ['ca', 'etcd-ca', 'sa'],
  version: kubernetesVersionLabel,
  render: (input) => withKonnectivity(recipe(input), input.cluster.spec),
};

function recipe(input: ControlPlaneInput): KubeObject[] {
  return [
    networkPolicy(input),
    service(input),
    asset('kube-apiserver/configmap.yaml'),
    ...disruptionBudget('kube-apiserver', input),
    workload(kubeApiserver, input, flags(input)),
  ];
}

function flags(input: ControlPlaneInput): Arguments {
  const { namespace, spec } = input.cluster;
  const { replicas, maxRequestsInflight, maxMutatingRequestsInflight } = input.plan.apiServer;
  const issuer = `https://kubernetes.default.svc.${spec.network.clusterDomain}`;
  return {
    'etcd-servers': `https://${ETCD_CLIENT_SERVICE}.${namespace}.svc:2379`,
    'service-cluster-ip-range': spec.network.serviceCIDR,
    // The issuer is in every service-account token, so it does not depend on where the API server is exposed.
    'service-account-issuer': issuer,
    'api-audiences': issuer,
    ...authenticationConfig(spec),
    ...konnectivityFlags(spec),
    ...(maxRequestsInflight && { 'max-requests-inflight': String(maxRequestsInflight) }),
    ...(maxMutatingRequestsInflight && {
      'max-mutating-requests-inflight': String(maxMutatingRequestsInflight),
    }),
    // Long connections move to a replica that came back, a few at a time.
    ...(replicas > 1 && { 'goaway-chance': '0.001' }),
  };
}

interface Service extends KubeObject {
  spec: { type?: string; [field: string]: unknown };
}

function service({ service: { type, annotations } }: ControlPlaneInput): Service {
  const object = asset('kube-apiserver/service.yaml') as Service;
  object.spec.type = type;
  if (annotations) object.metadata.annotations = annotations;
  return object;
}

interface EgressPolicy extends KubeObject {
  spec: { egress: { to: { ipBlock?: { except: string[] } }[] }[] };
}

/** The meta-cluster's own networks are closed to what users make the API server dial. */
function networkPolicy({ deniedNetworks = [] }: ControlPlaneInput): EgressPolicy {
  const object = asset('kube-apiserver/network-policy.yaml') as EgressPolicy;
  for (const { ipBlock } of object.spec.egress.flatMap(({ to }) => to)) {
    ipBlock?.except.push(...deniedNetworks);
  }
  return object;
}
