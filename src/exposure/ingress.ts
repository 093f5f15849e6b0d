import type { KubeObject } from '../kube/types.js';
import { labels } from '../model/names.js';
import { API_SERVER_PORT, API_SERVER_SERVICE } from '../pki/certificates.js';
import { hostOf, loadBalancerAddress } from './endpoint.js';
import { sharedEndpoint } from './shared-entry.js';
import type { ExposureInput, ExposureStrategy, IngressClass } from './strategy.js';

const addressPending = {
  reason: 'IngressAddressPending',
  message: 'the Ingress kube-apiserver has no address yet',
};
const addressUntold = {
  reason: 'IngressAddressUntold',
  message:
    'routes of Traefik tell no address: set BERTH_INGRESS_ADDRESS to the ip:port that clients dial, and restart Berth',
};

/** An ingress controller that passes TLS through by server name. How it is told to differs by class. */
export const ingress: ExposureStrategy = {
  type: 'Ingress',
  service: () => ({ type: 'NodePort' }),
  objects: (input) => [byClass[classOf(input)](input)],
  endpoint: (input, live) =>
    sharedEndpoint(
      input,
      live,
      { address: loadBalancerAddress(live.route) },
      classOf(input) === 'traefik' ? addressUntold : addressPending,
    ),
  // Controllers tell no more of an Ingress than its address, and nothing of an IngressRouteTCP.
  notProgrammed: ({ route }) =>
    route ? undefined : { reason: 'RouteMissing', message: 'the route to the API server is not there yet' },
};

function classOf({ cluster, config }: ExposureInput): IngressClass {
  return cluster.spec.exposure.ingressClass ?? config.ingressClass ?? 'traefik';
}

const byClass: Readonly<Record<IngressClass, (input: ExposureInput) => KubeObject>> = {
  // Of the two controllers of that name, haproxytech's and jcmoraisjr's, each reads its own annotation.
  haproxy: (input) =>
    passthroughIngress(input, 'haproxy', {
      'haproxy.org/ssl-passthrough': 'true',
      'haproxy-ingress.github.io/ssl-passthrough': 'true',
    }),
  nginx: (input) =>
    passthroughIngress(input, 'nginx', {
      'nginx.ingress.kubernetes.io/ssl-passthrough': 'true',
      'nginx.ingress.kubernetes.io/backend-protocol': 'HTTPS',
    }),
  traefik: ingressRouteTcp,
};

function passthroughIngress(
  input: ExposureInput,
  ingressClassName: string,
  annotations: Record<string, string>,
): KubeObject {
  const backend = { service: { name: API_SERVER_SERVICE, port: { number: API_SERVER_PORT } } };
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: { ...metadata(input), annotations },
    spec: {
      ingressClassName,
      rules: [{ host: hostOf(input), http: { paths: [{ path: '/', pathType: 'Prefix', backend }] } }],
    },
  };
}

/** Traefik knows passthrough only in its own kind. */
function ingressRouteTcp(input: ExposureInput): KubeObject {
  const { traefikEntryPoints } = input.config;
  return {
    apiVersion: 'traefik.io/v1alpha1',
    kind: 'IngressRouteTCP',
    metadata: metadata(input),
    spec: {
      ...(traefikEntryPoints && { entryPoints: traefikEntryPoints }),
      routes: [
        {
          match: `HostSNI(\`${hostOf(input)}\`)`,
          services: [{ name: API_SERVER_SERVICE, port: API_SERVER_PORT }],
        },
      ],
      tls: { passthrough: true },
    },
  };
}

function metadata({ cluster }: ExposureInput): KubeObject['metadata'] {
  return {
    name: API_SERVER_SERVICE,
    namespace: cluster.namespace,
    labels: { [labels.cluster]: cluster.name, [labels.managedBy]: 'berth' },
  };
}
