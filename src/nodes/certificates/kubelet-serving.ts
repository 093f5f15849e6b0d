import ipaddr from 'ipaddr.js';
import {
  asksForItself,
  hasUsage,
  judge,
  namesANode,
  refuse,
  type CertificateRequest,
  type Refusal,
  type Rule,
} from './policy.js';

/** Signer of the certificates with which kubelets serve logs and exec to the API server. */
export const KUBELET_SERVING = 'kubernetes.io/kubelet-serving';

/** Names and addresses, lower-case and in shortest form. */
export interface Names {
  dnsNames: ReadonlySet<string>;
  ips: ReadonlySet<string>;
}

export interface ServingFacts {
  /** What the Node object says; undefined when there is none. */
  own: Names | undefined;
  /** Of all other nodes. */
  others: Names;
  /**
   * Names and addresses by which masters and Services are reached, and the network of Services. A node tells its own
   * addresses; without this rule it could claim these and pose as the API server.
   */
  reserved: Names & { serviceCIDR: string };
}

/** Why a kubelet may not have this certificate; undefined when it may. */
export function refuseKubeletServing(request: CertificateRequest, facts: ServingFacts): Refusal | undefined {
  return judge(rules, request, facts);
}

const hasNames: Rule<ServingFacts> = ({ subject }) => {
  const { dnsNames, ips, otherNames } = subject;
  if (otherNames.length > 0)
    return refuse('WrongName', `names such as ${otherNames[0]} are neither DNS names nor addresses`);
  return dnsNames.length + ips.length > 0
    ? undefined
    : refuse('NoName', 'it asks for no name and no address');
};

const nodeExists: Rule<ServingFacts> = ({ subject }, { own }) =>
  own ? undefined : refuse('NodeNotFound', `there is no Node for ${subject.commonName}`);

const notReserved: Rule<ServingFacts> = ({ subject }, { reserved }) => {
  const services = ipaddr.parseCIDR(reserved.serviceCIDR);
  const isService = (ip: string) => {
    const address = ipaddr.parse(ip);
    return address.kind() === services[0].kind() && address.match(services);
  };
  const isLocal = (ip: string) => ipaddr.parse(ip).range() === 'loopback';
  const name = subject.dnsNames.find((one) => reserved.dnsNames.has(one));
  const ip = subject.ips.find((one) => reserved.ips.has(one) || isService(one) || isLocal(one));
  const taken = name ?? ip;
  return taken === undefined
    ? undefined
    : refuse('ReservedName', `${taken} belongs to the masters or to Services`);
};

const isItsOwn: Rule<ServingFacts> = ({ subject }, { own }) => {
  const foreign =
    subject.dnsNames.find((name) => !own?.dnsNames.has(name)) ?? subject.ips.find((ip) => !own?.ips.has(ip));
  return foreign === undefined
    ? undefined
    : refuse('NotItsAddress', `${foreign} is no address of ${subject.commonName}`);
};

const isNoOthers: Rule<ServingFacts> = ({ subject }, { others }) => {
  const taken =
    subject.dnsNames.find((name) => others.dnsNames.has(name)) ??
    subject.ips.find((ip) => others.ips.has(ip));
  return taken === undefined
    ? undefined
    : refuse('AddressOfAnother', `${taken} is an address of another node too`);
};

const rules: readonly Rule<ServingFacts>[] = [
  hasUsage('server auth'),
  namesANode,
  asksForItself,
  hasNames,
  notReserved,
  nodeExists,
  isItsOwn,
  isNoOthers,
];

/** Refusals that may pass by themselves: the Node is written a moment after its kubelet asks. */
export const passing: ReadonlySet<string> = new Set(['NodeNotFound', 'NotItsAddress']);
