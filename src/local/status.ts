/** How an installation is: every part asked directly, none believed. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '../core/errors.js';
import type { KubeClient } from '../kube/client.js';
import { resources } from '../kube/resources.js';
import { dnsAnswers, ingressAnswers } from './addons/probes.js';
import { type Installation, readInstallation } from './installation.js';
import { allocatedNetwork } from './network/allocation.js';
import { META_NODE, type NetworkPlan, networkPlan } from './network/plan.js';
import { INGRESS_PORT, berthService, localAgent, metaHost, withClient } from './parts.js';
import { type DataDir, dataDir } from './paths.js';

const TIMEOUT_MS = 3_000;

export type PartState = 'healthy' | 'unhealthy' | 'stopped';

export interface PartStatus {
  part: string;
  state: PartState;
  /** Address, version or reason. */
  detail: string;
}

export interface LocalStatus {
  dataDir: string;
  /** Whether anything was installed there. */
  installed: boolean;
  /** All parts are healthy. */
  healthy: boolean;
  parts: PartStatus[];
}

export async function localStatus(root: string): Promise<LocalStatus> {
  const dir = dataDir(root);
  const installation = await readInstallation(dir);
  if (!installation) return { dataDir: root, installed: false, healthy: false, parts: [] };
  const index = await allocatedNetwork(root);
  const plan = index === undefined ? undefined : networkPlan(index);
  const parts = [
    ...(plan ? await embeddedParts(dir, plan) : [await api(installation.metaKubeconfig ?? dir.kubeconfig)]),
    await service(dir, installation, plan),
  ];
  const healthy = parts.every(({ state }) => state === 'healthy');
  return { dataDir: root, installed: true, healthy, parts };
}

async function embeddedParts(dir: DataDir, plan: NetworkPlan): Promise<PartStatus[]> {
  const host = metaHost(dir, plan);
  if (!(await host.isRunning())) return [{ part: 'sandbox', state: 'stopped', detail: host.name }];
  return [
    { part: 'sandbox', state: 'healthy', detail: `${host.name} ${host.address}` },
    ...(await Promise.all([
      supervised(host.servicesDir, 'containerd'),
      supervised(host.servicesDir, 'kubelet'),
      api(dir.kubeconfig),
      node(dir.kubeconfig),
      probe('dns', dnsAnswers(plan), 'cluster DNS does not answer'),
      probe('ingress', ingressAnswers(plan, INGRESS_PORT), 'it takes no connections', plan.metaAddress),
      agent(dir),
    ])),
  ];
}

/** runit writes the state of a service beside it. */
async function supervised(servicesDir: string, name: string): Promise<PartStatus> {
  const pid = await supervisedPid(join(servicesDir, name));
  return pid === undefined
    ? { part: name, state: 'unhealthy', detail: 'not running; its supervisor starts it again' }
    : { part: name, state: 'healthy', detail: `pid ${pid} in the sandbox` };
}

async function supervisedPid(directory: string): Promise<number | undefined> {
  const text = await readFile(join(directory, 'supervise', 'pid'), 'utf8').catch(() => '');
  return text.trim() === '' ? undefined : Number(text);
}

async function api(kubeconfig: string): Promise<PartStatus> {
  return ask('api', kubeconfig, async (client) => {
    const { statusCode } = await client.raw({ method: 'GET', path: '/readyz', timeoutMs: TIMEOUT_MS });
    if (statusCode !== 200) throw new Error(`/readyz answers ${statusCode}`);
    return client.connection.server;
  });
}

async function node(kubeconfig: string): Promise<PartStatus> {
  return ask('node', kubeconfig, async (client) => {
    const found = await client.get(resources.Node, { name: META_NODE }, { timeoutMs: TIMEOUT_MS });
    const ready = found.status?.conditions?.find(({ type }) => type === 'Ready');
    if (ready?.status !== 'True') throw new Error(ready?.message ?? 'not ready');
    return 'Ready';
  });
}

async function ask(
  part: string,
  kubeconfig: string,
  question: (client: KubeClient) => Promise<string>,
): Promise<PartStatus> {
  try {
    return { part, state: 'healthy', detail: await withClient(kubeconfig, question) };
  } catch (error) {
    return { part, state: 'unhealthy', detail: messageOf(error) };
  }
}

async function probe(
  part: string,
  answer: Promise<boolean>,
  failure: string,
  detail = '',
): Promise<PartStatus> {
  return (await answer) ? { part, state: 'healthy', detail } : { part, state: 'unhealthy', detail: failure };
}

async function agent(dir: DataDir): Promise<PartStatus> {
  const process = localAgent(dir);
  if (await process.isRunning()) return { part: 'agent', state: 'healthy', detail: '' };
  return { part: 'agent', state: 'stopped', detail: process.logFile };
}

async function service(dir: DataDir, installation: Installation, plan?: NetworkPlan): Promise<PartStatus> {
  const berth = berthService(dir, installation, plan);
  if (!(await berth.process.isRunning())) return { part: 'service', state: 'stopped', detail: berth.url };
  if (await berth.isReady()) return { part: 'service', state: 'healthy', detail: berth.url };
  return {
    part: 'service',
    state: 'unhealthy',
    detail: `${berth.url}/readyz says no; ${berth.process.logFile}`,
  };
}
