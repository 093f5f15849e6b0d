import ipaddr from 'ipaddr.js';
import type { FieldProblem } from '../core/errors.js';
import type { ClusterSpec } from '../model/cluster.js';

/** The rules for the networks of a hosted cluster (IPv4). */

/** A network as the range of its addresses, both ends included. */
interface Network {
  first: number;
  last: number;
  prefix: number;
}

interface Bounds {
  /** Shortest and longest prefix. */
  largest: number;
  smallest: number;
  why: string;
}

const bounds: Readonly<Record<'podCIDR' | 'serviceCIDR', Bounds>> = {
  podCIDR: { largest: 8, smallest: 20, why: 'each node gets a /24 of it' },
  serviceCIDR: { largest: 12, smallest: 24, why: 'the API server takes no larger one' },
};

/** Addresses that never are a pod's or a Service's (RFC 6890). */
const reserved = [
  ['0.0.0.0/8', 'this network'],
  ['127.0.0.0/8', 'loopback'],
  ['169.254.0.0/16', 'link-local'],
  ['224.0.0.0/3', 'multicast and reserved'],
] as const;

/** Malformed, too large or small, reserved or overlapping networks, by field. */
export function networkProblems({ podCIDR, serviceCIDR }: ClusterSpec['network']): FieldProblem[] {
  const pods = readNetwork('podCIDR', podCIDR);
  const services = readNetwork('serviceCIDR', serviceCIDR);
  const problems = [...pods.problems, ...services.problems];
  if (!pods.network || !services.network || !overlap(pods.network, services.network)) return problems;
  const message = `The networks of pods (${podCIDR}) and Services (${serviceCIDR}) overlap. Choose two apart.`;
  return [...problems, problem('serviceCIDR', 'CIDROverlap', message)];
}

/**
 * The first network of `prefix` bits in `pool` that overlaps none of `used`; undefined when there is none.
 * Takes CIDRs that are well-formed; others in `used` stand in nobody's way.
 */
export function freeNetwork(pool: string, prefix: number, used: readonly string[]): string | undefined {
  const all = parseNetwork(pool);
  if (!all) return undefined;
  const taken = used.flatMap((text) => parseNetwork(text) ?? []);
  const size = 2 ** (32 - prefix);
  for (let first = all.first; first + size - 1 <= all.last; first += size) {
    const candidate = { first, last: first + size - 1, prefix };
    if (!taken.some((other) => overlap(candidate, other))) return `${printAddress(first)}/${prefix}`;
  }
  return undefined;
}

/** Whether two networks share addresses. */
export function networksOverlap(one: string, other: string): boolean {
  const [a, b] = [parseNetwork(one), parseNetwork(other)];
  return a !== undefined && b !== undefined && overlap(a, b);
}

function readNetwork(
  field: keyof typeof bounds,
  text: string,
): { network?: Network; problems: FieldProblem[] } {
  const network = parseNetwork(text);
  if (!network) {
    const message = `${text} is no IPv4 network. Write one such as 10.96.0.0/16.`;
    return { problems: [problem(field, 'CIDRInvalid', message)] };
  }
  return { network, problems: [...rangeProblems(field, text, network), ...sizeProblems(field, network)] };
}

function rangeProblems(field: keyof typeof bounds, text: string, network: Network): FieldProblem[] {
  const [address] = text.split('/');
  const start = printAddress(network.first);
  if (address !== start) {
    const message = `${text} is an address, not a network. Write ${start}/${network.prefix}.`;
    return [problem(field, 'CIDRInvalid', message)];
  }
  const clash = reserved.find(([range]) => overlap(parseNetwork(range) ?? network, network));
  if (!clash) return [];
  const message = `${text} contains addresses of ${clash[0]} (${clash[1]}). Choose a private network.`;
  return [problem(field, 'CIDRReserved', message)];
}

function sizeProblems(field: keyof typeof bounds, { prefix }: Network): FieldProblem[] {
  const { largest, smallest, why } = bounds[field];
  if (prefix >= largest && prefix <= smallest) return [];
  const message = `spec.network.${field} must be from /${largest} to /${smallest}: ${why}.`;
  return [problem(field, 'CIDRSize', message)];
}

function problem(field: keyof typeof bounds, code: string, message: string): FieldProblem {
  return { path: `spec.network.${field}`, code, message };
}

function parseNetwork(text: string): Network | undefined {
  if (!ipaddr.IPv4.isValidCIDRFourPartDecimal(text)) return undefined;
  const [address, prefix] = ipaddr.IPv4.parseCIDR(text);
  const size = 2 ** (32 - prefix);
  const number = address.toByteArray().reduce((sum, byte) => sum * 256 + byte, 0);
  const first = number - (number % size);
  return { first, last: first + size - 1, prefix };
}

function printAddress(number: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join('.');
}

function overlap(one: Network, other: Network): boolean {
  return one.first <= other.last && other.first <= one.last;
}
