/**
 * Who reaches whom, by the rules of NetworkPolicies (networking.k8s.io/v1): a pod that no policy selects for a direction
 * is open in it, one that is selected lets through what any of its policies allows. The embedded meta-cluster's CNI
 * enforces none, so this is where they are proved.
 */
import { describe, expect, it } from '@jest/globals';
import ipaddr from 'ipaddr.js';
import { mastersInput, planNamed, specWith } from '../../test/support/masters.js';
import { labels } from '../model/names.js';
import { renderControlPlane } from './render.js';

/** A pod of the cluster's namespace by its component, or anything else by its address. */
type Party = { component: string } | { address: string };

interface Peer {
  podSelector?: { matchLabels?: Record<string, string> };
  ipBlock?: { cidr: string; except?: string[] };
}

interface Rule {
  ports?: { protocol: string; port: number }[];
  from?: Peer[];
  to?: Peer[];
}

interface Policy {
  podSelector: Peer['podSelector'];
  policyTypes: ('Ingress' | 'Egress')[];
  ingress?: Rule[];
  egress?: Rule[];
}

const DENIED = '198.51.100.0/24';
const POD_ADDRESS = '10.200.0.7';

const spec = specWith({ plan: 'ha', konnectivity: { enabled: true } });
const input = mastersInput({ plan: planNamed('ha'), deniedNetworks: [DENIED] }, spec);
const policies = [...renderControlPlane(input).values()]
  .flat()
  .filter(({ kind }) => kind === 'NetworkPolicy')
  .map((object) => object['spec'] as Policy);

function isSelected(party: Party, { matchLabels = {} }: Peer['podSelector'] = {}): boolean {
  if (!('component' in party)) return false;
  const own: Record<string, string> = { [labels.component]: party.component };
  return Object.entries(matchLabels).every(([key, value]) => own[key] === value);
}

const isWithin = (address: string, cidr: string) => ipaddr.parse(address).match(ipaddr.parseCIDR(cidr));

function isPeer(party: Party, { podSelector, ipBlock }: Peer): boolean {
  if (podSelector) return isSelected(party, podSelector);
  const address = 'address' in party ? party.address : POD_ADDRESS;
  const { cidr, except = [] } = ipBlock ?? { cidr: '0.0.0.0/32' };
  return isWithin(address, cidr) && !except.some((one) => isWithin(address, one));
}

const allows = (peers: Peer[] | undefined, ports: Rule['ports'], other: Party, port: number) =>
  (!ports || ports.some((one) => one.port === port && one.protocol === 'TCP')) &&
  (!peers || peers.some((peer) => isPeer(other, peer)));

function mayLeave(from: Party, to: Party, port: number): boolean {
  const all = policies.filter(
    (one) => one.policyTypes.includes('Egress') && isSelected(from, one.podSelector),
  );
  const rules = all.flatMap(({ egress = [] }) => egress);
  return all.length === 0 || rules.some(({ to: peers, ports }) => allows(peers, ports, to, port));
}

function mayEnter(from: Party, to: Party, port: number): boolean {
  const all = policies.filter(
    (one) => one.policyTypes.includes('Ingress') && isSelected(to, one.podSelector),
  );
  const rules = all.flatMap(({ ingress = [] }) => ingress);
  return all.length === 0 || rules.some(({ from: peers, ports }) => allows(peers, ports, from, port));
}

const reaches = (from: Party, to: Party, port: number) =>
  mayLeave(from, to, port) && mayEnter(from, to, port);

const etcd = { component: 'etcd' };
const apiServer = { component: 'kube-apiserver' };
const controllerManager = { component: 'kube-controller-manager' };
const scheduler = { component: 'kube-scheduler' };
const outside = { address: '192.0.2.77' };

describe('the NetworkPolicies of the masters', () => {
  it.each<[string, Party, Party, number]>([
    ['the API server to etcd', apiServer, etcd, 2379],
    ['etcd to its other members', etcd, etcd, 2380],
    ['the controller-manager to the API server', controllerManager, apiServer, 6443],
    ['the scheduler to the API server', scheduler, apiServer, 6443],
    ['users and nodes to the API server', outside, apiServer, 6443],
    ['agents of the tunnel to its server', outside, apiServer, 8132],
    ['the API server to kubelets and webhooks', apiServer, outside, 10_250],
    ['etcd to DNS', etcd, outside, 53],
    ['the scheduler to DNS', scheduler, outside, 53],
  ])('let %s', (_what, from, to, port) => {
    expect(reaches(from, to, port)).toBe(true);
  });

  it.each<[string, Party, Party, number]>([
    ['others to etcd', outside, etcd, 2379],
    ['others to members of etcd', outside, etcd, 2380],
    ['the controller-manager to etcd', controllerManager, etcd, 2379],
    ['the scheduler to etcd', scheduler, etcd, 2379],
    ['the API server to members of etcd', apiServer, etcd, 2380],
    ['others to the controller-manager', outside, controllerManager, 10_257],
    ['others to the scheduler', outside, scheduler, 10_259],
    ['others to further ports of the API server', outside, apiServer, 8133],
    ['etcd to anything else', etcd, outside, 443],
    ['the scheduler to anything else', scheduler, outside, 443],
    ['the controller-manager to anything else', controllerManager, outside, 443],
    ['the API server to the metadata of a cloud', apiServer, { address: '169.254.169.254' }, 80],
    ['the API server to networks of the meta-cluster', apiServer, { address: '198.51.100.9' }, 443],
  ])('do not let %s', (_what, from, to, port) => {
    expect(reaches(from, to, port)).toBe(false);
  });
});
