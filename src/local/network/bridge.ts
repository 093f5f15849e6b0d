/** The bridge, cables and routes on the machine. Every function can be repeated: it adds only what is missing. */
import { run, tryRun } from '../../core/process.js';
import { REGISTRY_PORT, type NetworkPlan, type NodeLink } from './plan.js';

/** Makes the bridge and the firewall rules that let hosts talk to each other and out of the machine. */
export async function ensureBridge(plan: NetworkPlan): Promise<void> {
  if (!(await linkExists(plan.bridge))) await run('ip', ['link', 'add', plan.bridge, 'type', 'bridge']);
  // Without an address of its own it takes the lowest of its hosts', and with each change of that the hosts cannot reach
  // the machine for a second.
  await run('ip', ['link', 'set', plan.bridge, 'address', hardwareAddress(plan.gateway)]);
  await run('ip', ['addr', 'replace', `${plan.gateway}/24`, 'dev', plan.bridge]);
  await run('ip', ['link', 'set', plan.bridge, 'up']);
  for (const rule of firewallRules(plan)) {
    const { code } = await tryRun('iptables', ['-w', '-t', rule.table, '-C', rule.chain, ...rule.match]);
    if (code !== 0) await run('iptables', ['-w', '-t', rule.table, '-I', rule.chain, ...rule.match]);
  }
}

/** Takes the bridge, its routes and its rules away. The hosts' cables go with their network namespaces. */
export async function removeBridge(plan: NetworkPlan): Promise<void> {
  for (const rule of firewallRules(plan)) {
    const args = ['-w', '-t', rule.table, '-D', rule.chain, ...rule.match];
    // A cut-off start may have left a rule more than once.
    while ((await tryRun('iptables', args)).code === 0);
  }
  if (await linkExists(plan.bridge)) await run('ip', ['link', 'del', plan.bridge]);
}

/** Lets the machine itself, and through it every other sandbox host, reach pods and services behind `via`. */
export async function ensureRoutes(plan: NetworkPlan, cidrs: readonly string[], via: string): Promise<void> {
  for (const cidr of cidrs) await run('ip', ['route', 'replace', cidr, 'via', via, 'dev', plan.bridge]);
}

/** Makes the network namespace of a host and the cable to the bridge. */
export async function ensureLink(plan: NetworkPlan, link: NodeLink): Promise<void> {
  const { namespace, hostInterface, address, gateway, prefixLength } = link;
  const inside = (...args: string[]): Promise<string> => run('ip', ['-n', namespace, ...args]);
  if (!(await namespaceExists(namespace))) await run('ip', ['netns', 'add', namespace]);
  if (!(await linkExists(hostInterface))) {
    const peer = ['peer', 'name', 'eth0', 'netns', namespace];
    await run('ip', ['link', 'add', hostInterface, 'type', 'veth', ...peer]);
  }
  await run('ip', ['link', 'set', hostInterface, 'master', plan.bridge, 'up']);
  await inside('link', 'set', 'lo', 'up');
  await inside('link', 'set', 'eth0', 'up');
  await inside('addr', 'replace', `${address}/${prefixLength}`, 'dev', 'eth0');
  await inside('route', 'replace', 'default', 'via', gateway);
  const sysctl =
    'for f in ipv4/ip_forward bridge/bridge-nf-call-iptables; do echo 1 > /proc/sys/net/$f; done';
  await run('nsenter', [`--net=/run/netns/${namespace}`, 'sh', '-c', sysctl]);
}

/** Lets a host reach a network behind another one. */
export async function addRoute({ namespace }: NodeLink, cidr: string, via: string): Promise<void> {
  await run('ip', ['-n', namespace, 'route', 'replace', cidr, 'via', via]);
}

/** Removing the namespace removes the cable: both ends of a veth pair die together. */
export async function removeLink({ namespace, hostInterface }: NodeLink): Promise<void> {
  if (await linkExists(hostInterface)) await run('ip', ['link', 'del', hostInterface]);
  if (await namespaceExists(namespace)) await run('ip', ['netns', 'del', namespace]);
}

async function linkExists(name: string): Promise<boolean> {
  return (await tryRun('ip', ['link', 'show', 'dev', name])).code === 0;
}

async function namespaceExists(name: string): Promise<boolean> {
  const listed = await run('ip', ['netns', 'list']);
  return listed.split('\n').some((line) => line.split(' ')[0] === name);
}

/** Whether an installation on this machine has a bridge, and so may have hosts that run. */
export async function anyBridge(): Promise<boolean> {
  const links = JSON.parse(await run('ip', ['-j', 'link', 'show', 'type', 'bridge'])) as {
    ifname?: string;
  }[];
  return links.some(({ ifname }) => /^berth\d+$/.test(ifname ?? ''));
}

/** Locally administered (IEEE 802c), and the IPv4 address. */
function hardwareAddress(ip: string): string {
  const bytes = [0x0a, 0x58, ...ip.split('.').map(Number)];
  return bytes.map((byte) => byte.toString(16).padStart(2, '0')).join(':');
}

interface FirewallRule {
  table: 'filter' | 'nat';
  chain: string;
  match: string[];
}

/** All carry the bridge's name as a comment, so that a person sees whose they are. */
function firewallRules({ bridge, cidr }: NetworkPlan): FirewallRule[] {
  const comment = ['-m', 'comment', '--comment', `berth ${bridge}`];
  return [
    {
      table: 'filter',
      chain: 'INPUT',
      match: ['-i', bridge, '-p', 'tcp', '--dport', String(REGISTRY_PORT), ...comment, '-j', 'ACCEPT'],
    },
    { table: 'filter', chain: 'FORWARD', match: ['-i', bridge, ...comment, '-j', 'ACCEPT'] },
    { table: 'filter', chain: 'FORWARD', match: ['-o', bridge, ...comment, '-j', 'ACCEPT'] },
    {
      table: 'nat',
      chain: 'POSTROUTING',
      match: ['-s', cidr, '!', '-o', bridge, ...comment, '-j', 'MASQUERADE'],
    },
  ];
}
