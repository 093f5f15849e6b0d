import { describe, expect, it } from '@jest/globals';
import { specWith } from '../../test/support/masters.js';
import type { KubeObject } from '../kube/types.js';
import type { ExposureType } from '../model/cluster.js';
import { exposureStrategy } from './strategies.js';
import type { ExposureConfig, ExposureInput, LiveExposure } from './strategy.js';

const config: ExposureConfig = {
  domain: 'berth.example',
  defaultType: 'Gateway',
  gateway: { namespace: 'berth-system', name: 'berth' },
  nodeAddresses: ['192.0.2.10', '192.0.2.11'],
};

const input = (exposure: Record<string, unknown>, changes: Partial<ExposureConfig> = {}): ExposureInput => ({
  cluster: { name: 'demo', namespace: 'berth-c-demo', spec: specWith({ exposure }) },
  config: { ...config, ...changes },
});

const object = (kind: string, fields: Record<string, unknown>): KubeObject => ({
  apiVersion: 'v1',
  kind,
  metadata: { name: 'x' },
  ...fields,
});
const service = (nodePort?: number, ingress: unknown[] = []) =>
  object('Service', {
    spec: { ports: [{ port: 6443, nodePort }] },
    status: { loadBalancer: { ingress } },
  });
const sharedGateway = object('Gateway', {
  spec: {
    listeners: [
      { name: 'web', protocol: 'HTTP', port: 80 },
      { name: 'tls', protocol: 'TLS', port: 443 },
      { name: 'other', protocol: 'TLS', port: 8443 },
    ],
  },
  status: { addresses: [{ value: '192.0.2.1' }] },
});

const endpoint = (type: ExposureType, live: LiveExposure, given = input({ type })) =>
  exposureStrategy(type).endpoint(given, live);

describe('an endpoint', () => {
  const inside = { internalAddresses: ['192.0.2.10', '192.0.2.11'], internalPort: 31000 };

  it('by Gateway is the shared address outside, and a port of its own inside', () => {
    expect(endpoint('Gateway', { service: service(31000), gateway: sharedGateway })).toEqual({
      endpoint: {
        host: 'demo.berth.example',
        address: '192.0.2.1',
        port: 443,
        url: 'https://192.0.2.1',
        ...inside,
      },
    });
  });

  it('by Gateway uses the port of the listener that routes attach to', () => {
    const gateway = { namespace: 'berth-system', name: 'berth', sectionName: 'other' };
    const live = { service: service(31000), gateway: sharedGateway };
    expect(endpoint('Gateway', live, input({}, { gateway }))).toMatchObject({
      endpoint: { port: 8443, url: 'https://192.0.2.1:8443' },
    });
  });

  it('by Ingress is the address in its status, or the configured one', () => {
    const live = {
      service: service(31000),
      route: object('Ingress', { status: { loadBalancer: { ingress: [{ hostname: 'lb.example' }] } } }),
    };
    expect(endpoint('Ingress', live)).toMatchObject({ endpoint: { url: 'https://lb.example', ...inside } });
    const configured = input({}, { sharedAddress: '192.0.2.7', sharedPort: 8443 });
    expect(endpoint('Ingress', { service: service(31000) }, configured)).toMatchObject({
      endpoint: { address: '192.0.2.7', port: 8443 },
    });
  });

  it('by NodePort is a node', () => {
    expect(endpoint('NodePort', { service: service(31000) })).toMatchObject({
      endpoint: { address: '192.0.2.10', port: 31000, url: 'https://192.0.2.10:31000', ...inside },
    });
  });

  it('by LoadBalancer is its address, for pods too', () => {
    expect(endpoint('LoadBalancer', { service: service(31000, [{ ip: '192.0.2.9' }]) })).toMatchObject({
      endpoint: { url: 'https://192.0.2.9:6443', internalAddresses: ['192.0.2.9'], internalPort: 6443 },
    });
  });

  it('by a LoadBalancer with but a name leads pods through the nodes', () => {
    expect(endpoint('LoadBalancer', { service: service(31000, [{ hostname: 'lb.example' }]) })).toMatchObject(
      {
        endpoint: { url: 'https://lb.example:6443', ...inside },
      },
    );
  });

  it('keeps the host a cluster asked for, and writes IPv6 in brackets', () => {
    const given = input({ host: 'api.customer.example' }, { sharedAddress: '2001:db8::1' });
    expect(endpoint('Gateway', { service: service(31000) }, given)).toMatchObject({
      endpoint: { host: 'api.customer.example', url: 'https://[2001:db8::1]' },
    });
  });

  it.each<[ExposureType, LiveExposure, Partial<ExposureConfig>, string]>([
    ['Gateway', { service: service(31000) }, {}, 'GatewayAddressPending'],
    ['Gateway', { gateway: sharedGateway }, {}, 'NodePortPending'],
    ['Ingress', { service: service(31000) }, {}, 'IngressAddressUntold'],
    ['Ingress', { service: service(31000) }, { ingressClass: 'nginx' }, 'IngressAddressPending'],
    ['NodePort', { service: service() }, {}, 'NodePortPending'],
    ['NodePort', { service: service(31000) }, { nodeAddresses: [] }, 'NoNodeAddress'],
    ['LoadBalancer', { service: service(31000) }, {}, 'LoadBalancerPending'],
  ])('by %s says what it waits for', (type, live, changes, reason) => {
    expect(endpoint(type, live, input({}, changes))).toMatchObject({ waiting: { reason } });
  });
});

describe('a route', () => {
  const condition = (type: string, status: string) => ({
    type,
    status,
    reason: `${type}${status}`,
    message: 'm',
  });
  const route = (...conditions: unknown[]) => object('TLSRoute', { status: { parents: [{ conditions }] } });
  const trouble = (live: LiveExposure, type: ExposureType = 'Gateway') =>
    exposureStrategy(type).notProgrammed(live)?.reason;

  it('leads to the API server once the gateway accepted it and found the Service', () => {
    const good = route(condition('Accepted', 'True'), condition('ResolvedRefs', 'True'));
    expect(trouble({ route: good })).toBeUndefined();
  });

  it.each([
    ['RouteNotSeen', undefined],
    ['RouteNotSeen', object('TLSRoute', {})],
    ['RouteNotSeen', route()],
    ['AcceptedFalse', route(condition('Accepted', 'False'))],
    ['ResolvedRefsFalse', route(condition('Accepted', 'True'), condition('ResolvedRefs', 'False'))],
  ])('waits with %s', (reason, live) => {
    expect(trouble({ route: live })).toBe(reason);
  });

  it('of an ingress must be there, as controllers tell no more', () => {
    expect(trouble({}, 'Ingress')).toBe('RouteMissing');
    expect(trouble({ route: object('IngressRouteTCP', {}) }, 'Ingress')).toBeUndefined();
  });

  it('cannot be written for a Gateway that is not configured', () => {
    const strategy = exposureStrategy('Gateway');
    expect(() => strategy.objects(input({}, { gateway: undefined }))).toThrow(
      expect.objectContaining({ code: 'GatewayNotConfigured' }),
    );
  });

  it("of Traefik takes the installation's entry points and class", () => {
    const given = input({}, { ingressClass: 'traefik', traefikEntryPoints: ['apiserver'] });
    expect(exposureStrategy('Ingress').objects(given)).toMatchObject([
      { kind: 'IngressRouteTCP', spec: { entryPoints: ['apiserver'], tls: { passthrough: true } } },
    ]);
  });
});
