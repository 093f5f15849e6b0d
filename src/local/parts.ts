/** The parts of one installation, made from its data directory: starting, stopping and asking use the same. */
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type StepReporter } from '../core/progress.js';
import { KubeClient } from '../kube/client.js';
import { connectionFromKubeconfig } from '../kube/connection.js';
import type { Binary } from './binaries/provider.js';
import type { Installation } from './installation.js';
import { type Lock, acquireLock } from './lock.js';
import { META_NODE, type NetworkPlan, metaLink } from './network/plan.js';
import type { DataDir } from './paths.js';
import { SandboxHost } from './sandbox/sandbox-host.js';
import { BackgroundProcess } from './service/background-process.js';
import { BerthService } from './service/berth-service.js';

export const INGRESS_PORT = 443;
/** Nodes of users that start on the same machine must not starve the masters of everybody. */
const META_CPU_WEIGHT = 4;
const AGENT = fileURLToPath(new URL('agent/main.js', import.meta.url));

/** One command at a time changes a data directory. */
export function lockDataDir(dir: DataDir, what: string, reporter: StepReporter): Promise<Lock> {
  return acquireLock(`data directory ${dir.root}`, what, (holder) =>
    reporter.note(`waiting for \`${holder}\` on the same data directory`),
  );
}

/** The host that is the meta-cluster's node. `binaries` are what it must be able to see. */
export function metaHost(dir: DataDir, plan: NetworkPlan, binaries: readonly Binary[] = []): SandboxHost {
  return new SandboxHost({
    name: META_NODE,
    directory: dir.node(META_NODE),
    plan,
    link: metaLink(plan),
    visible: [...new Set([dir.root, ...binaries.map(({ path }) => dirname(path))])],
    cpuWeight: META_CPU_WEIGHT,
  });
}

/** The process that makes volumes for the embedded meta-cluster and brings its images; see agent/main.ts. */
export function localAgent(dir: DataDir): BackgroundProcess {
  const args = [AGENT, dir.root];
  return new BackgroundProcess({ name: 'agent', directory: dir.service, command: process.execPath, args });
}

export function berthService(dir: DataDir, installation: Installation, plan?: NetworkPlan): BerthService {
  const { metaKubeconfig, servicePort: port, serviceIdentity: identity, podNetworkPool } = installation;
  const kubeconfig = metaKubeconfig ?? dir.kubeconfig;
  const address = plan && ingressAddress(plan);
  return new BerthService({ dir, kubeconfig, port, identity, podNetworkPool, ingressAddress: address });
}

/** `ip:port` of the ingress all hosted clusters share. */
export function ingressAddress(plan: NetworkPlan): string {
  return `${plan.metaAddress}:${INGRESS_PORT}`;
}

/** Runs `work` with a client of the cluster of a kubeconfig file. */
export async function withClient<T>(file: string, work: (client: KubeClient) => Promise<T>): Promise<T> {
  const client = new KubeClient(await connectionFromKubeconfig({ file }));
  try {
    return await work(client);
  } finally {
    await client.close();
  }
}
