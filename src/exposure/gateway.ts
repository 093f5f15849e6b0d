import { BerthError } from '../core/errors.js';
import type { KubeObject } from '../kube/types.js';
import { labels } from '../model/names.js';
import { API_SERVER_PORT, API_SERVER_SERVICE } from '../pki/certificates.js';
import { hostOf } from './endpoint.js';
import { sharedEndpoint } from './shared-entry.js';
import type { ExposureInput, ExposureStrategy, LiveExposure, Waiting } from './strategy.js';

/** A TLSRoute of the Gateway API: the shared Gateway passes TLS through by server name. */
export const gateway: ExposureStrategy = {
  type: 'Gateway',
  service: () => ({ type: 'NodePort' }),
  objects: (input) => [tlsRoute(input)],
  endpoint: (input, live) =>
    sharedEndpoint(input, live, gatewayEntry(input, live), {
      reason: 'GatewayAddressPending',
      message: 'the shared Gateway has no address yet',
    }),
  notProgrammed: ({ route }) => routeTrouble(route),
};

function tlsRoute(input: ExposureInput): KubeObject {
  const { cluster } = input;
  return {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'TLSRoute',
    metadata: {
      name: API_SERVER_SERVICE,
      namespace: cluster.namespace,
      labels: { [labels.cluster]: cluster.name, [labels.managedBy]: 'berth' },
    },
    spec: {
      parentRefs: [{ group: 'gateway.networking.k8s.io', kind: 'Gateway', ...gatewayRef(input) }],
      hostnames: [hostOf(input)],
      rules: [
        {
          backendRefs: [
            { group: '', kind: 'Service', name: API_SERVER_SERVICE, port: API_SERVER_PORT, weight: 1 },
          ],
        },
      ],
    },
  };
}

/** @throws BerthError `GatewayNotConfigured` */
function gatewayRef({ config }: ExposureInput): { namespace: string; name: string; sectionName?: string } {
  if (config.gateway) return config.gateway;
  throw new BerthError('GatewayNotConfigured', 'this installation names no shared Gateway', {
    next: 'Set BERTH_GATEWAY, or choose another exposure.',
    status: 422,
  });
}

interface Gateway extends KubeObject {
  spec?: { listeners?: { name: string; port: number; protocol: string }[] };
  status?: { addresses?: { value: string }[] };
}

/** The address of the Gateway, and the port of the listener that the route attaches to. */
function gatewayEntry({ config }: ExposureInput, live: LiveExposure): { address?: string; port?: number } {
  const shared: Gateway | undefined = live.gateway;
  const section = config.gateway?.sectionName;
  const listener = shared?.spec?.listeners?.find(({ name, protocol }) =>
    section === undefined ? protocol === 'TLS' : name === section,
  );
  return { address: shared?.status?.addresses?.[0]?.value, port: listener?.port };
}

interface RouteParent {
  conditions?: { type: string; status: string; reason?: string; message?: string }[];
}

/** A route leads somewhere once a parent accepted it and found its Service. */
function routeTrouble(route: KubeObject | undefined): Waiting | undefined {
  const { parents = [] } = (route?.status ?? {}) as { parents?: RouteParent[] };
  const [parent] = parents;
  if (!parent) return { reason: 'RouteNotSeen', message: 'no gateway has taken the TLSRoute up yet' };
  const met = (type: string) => parent.conditions?.find((condition) => condition.type === type);
  const failed = ['Accepted', 'ResolvedRefs']
    .map(met)
    .find((condition) => condition && condition.status !== 'True');
  if (failed)
    return {
      reason: failed.reason ?? failed.type,
      message: failed.message ?? 'the gateway refuses the route',
    };
  return met('Accepted')
    ? undefined
    : { reason: 'RouteNotSeen', message: 'the gateway has not decided on the route yet' };
}
