import { isIP, isIPv4 } from 'node:net';
import ipaddr from 'ipaddr.js';
import { BerthError } from '../core/errors.js';

/**
 * Subject alternative names in the form `openssl` prints them: `DNS:kubernetes`, `IP:10.96.0.1`. DNS names are
 * lower-case, addresses in their shortest form, so equal names are equal strings.
 */
export type SubjectAltName = `DNS:${string}` | `IP:${string}`;

const label = '[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?';
const dnsPattern = new RegExp(`^(\\*\\.)?${label}(\\.${label})*$`);

/**
 * Names and addresses as subject alternative names, each once, in the order given.
 * @throws BerthError `SubjectAltNameInvalid`
 */
export function subjectAltNames(
  dnsNames: readonly string[],
  ipAddresses: readonly string[] = [],
): SubjectAltName[] {
  return [...new Set([...dnsNames.map(dnsName), ...ipAddresses.map(ipName)])];
}

function dnsName(name: string): SubjectAltName {
  const lower = name.toLowerCase();
  // An address among the names would never match: clients look for it among the addresses.
  if (isIPv4(lower) || lower.length > 253 || !dnsPattern.test(lower)) throw invalid(name, 'DNS name');
  return `DNS:${lower}`;
}

function ipName(address: string): SubjectAltName {
  return `IP:${canonicalAddress(address)}`;
}

/** `::1` for `0:0:0:0:0:0:0:1`. @throws BerthError `SubjectAltNameInvalid` */
export function canonicalAddress(address: string): string {
  if (isIP(address) === 0 || address.includes('%')) throw invalid(address, 'IP address');
  return ipaddr.parse(address).toString();
}

/**
 * The address of Service `default/kubernetes`: the API server gives it the first of the service CIDR.
 * @throws BerthError `ServiceCIDRInvalid`
 */
export function firstServiceAddress(serviceCIDR: string): string {
  return serviceAddress(serviceCIDR, 1);
}

/** The address of the cluster's DNS Service: the tenth by kubeadm's rule. @throws BerthError `ServiceCIDRInvalid` */
export function dnsServiceAddress(serviceCIDR: string): string {
  return serviceAddress(serviceCIDR, 10);
}

function serviceAddress(serviceCIDR: string, index: number): string {
  if (!ipaddr.isValidCIDR(serviceCIDR)) {
    throw new BerthError('ServiceCIDRInvalid', `${serviceCIDR} is no network in CIDR form`, { status: 422 });
  }
  const [address, bits] = ipaddr.parseCIDR(serviceCIDR);
  const family = address.kind() === 'ipv4' ? ipaddr.IPv4 : ipaddr.IPv6;
  const bytes = family.networkAddressFromCIDR(serviceCIDR).toByteArray();
  if (2 ** (bytes.length * 8 - bits) <= index) {
    throw new BerthError('ServiceCIDRInvalid', `${serviceCIDR} has no room for a Service`, { status: 422 });
  }
  // A network with room for the index ends in as many zero bits, so adding never carries.
  return ipaddr.fromByteArray([...bytes.slice(0, -1), (bytes.at(-1) ?? 0) + index]).toString();
}

/** Same names, whatever their order. */
export function sameNames(a: readonly string[], b: readonly string[]): boolean {
  return new Set(a).symmetricDifference(new Set(b)).size === 0;
}

function invalid(value: string, what: string): BerthError {
  return new BerthError(
    'SubjectAltNameInvalid',
    `${JSON.stringify(value)} is no ${what} a certificate can carry`,
    {
      status: 422,
      next: 'Correct the host name or address of the exposure.',
    },
  );
}
