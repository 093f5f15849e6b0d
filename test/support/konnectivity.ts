/** The tunnel's real commands, started with the flags of our manifests. */
import { readFile, writeFile } from 'node:fs/promises';
import { createConnection, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { renderAddons } from '../../src/addons/addons.js';
import { renderControlPlane } from '../../src/control-plane/render.js';
import type { Workload } from '../../src/control-plane/component.js';
import { COMPONENT_VERSIONS } from '../../src/local/binaries/releases.js';
import { Child } from './child.js';
import { freePort } from './free-port.js';
import { kubernetesBinary } from './kube-binaries.js';
import { mastersInput, specWith } from './masters.js';
import { joinInput } from './nodes.js';

export const egressSelector = (socket: string) =>
  configOfApiServer().replace('/run/konnectivity/konnectivity-server.socket', socket);

function configOfApiServer(): string {
  const config = apiServerObjects().find(({ kind }) => kind === 'ConfigMap');
  return (config?.['data'] as Record<string, string> | undefined)?.['egress-selector.yaml'] ?? '';
}

function apiServerObjects() {
  const spec = specWith({ konnectivity: { enabled: true } });
  return renderControlPlane(mastersInput({}, spec)).get('kube-apiserver') ?? [];
}

/** A proxy-server with the sidecar's flags; `directory` has its Secrets as folders. */
export class TunnelServer {
  private constructor(
    readonly agentPort: number,
    private readonly healthPort: number,
    private readonly adminPort: number,
    readonly process: Child,
  ) {}

  static async start(directory: string, id: string, socket: string): Promise<TunnelServer> {
    const [agentPort, healthPort, adminPort] = await lowPorts(3);
    const deployment = apiServerObjects().find(({ kind }) => kind === 'Deployment') as Workload;
    const [sidecar] = deployment.spec.template.spec.initContainers ?? [];
    const args = changed(sidecar?.args ?? [], {
      'uds-name': socket,
      'agent-port': agentPort,
      'health-port': healthPort,
      'admin-port': adminPort,
    });
    const process = new Child(await proxyCommand('proxy-server'), [
      ...args.map((argument) => argument.replace('/etc/kubernetes', directory)),
      `--server-id=${id}`,
    ]);
    return new TunnelServer(agentPort, healthPort, adminPort, process);
  }

  /** An agent is connected. */
  async isReady(): Promise<boolean> {
    const answer = await fetch(`http://127.0.0.1:${this.healthPort}/readyz`).catch(() => undefined);
    return answer?.ok ?? false;
  }

  /** Connections that it has dialled through agents. */
  async dials(): Promise<number> {
    const answer = await fetch(`http://127.0.0.1:${this.adminPort}/metrics`);
    const found = /dial_duration_seconds_count\{?[^}\n]*\}? (\d+)/.exec(await answer.text());
    return Number(found?.[1] ?? 0);
  }
}

/** A proxy-agent with the DaemonSet's flags. */
export async function startAgent(server: string, files: AgentFiles): Promise<Child> {
  const addons = renderAddons({ ...joinInput, settings: {}, konnectivity: { server, image: 'agent' } });
  const daemonSet = addons.get('konnectivityAgent')?.find(({ kind }) => kind === 'DaemonSet') as Workload;
  const [container] = daemonSet.spec.template.spec.containers;
  const args = changed(container?.args ?? [], {
    'health-server-port': await freePort(),
    'admin-server-port': await freePort(),
    'agent-identifiers': 'host=127.0.0.1',
    'ca-cert': files.authority,
    kubeconfig: files.kubeconfig,
    'service-account-token-path': files.token,
  });
  return new Child(await proxyCommand('proxy-agent'), args);
}

export interface AgentFiles {
  authority: string;
  kubeconfig: string;
  token: string;
}

/** The rights of both sides, as the addon has them. */
export function tunnelRights(): object[] {
  const addons = renderAddons({
    ...joinInput,
    settings: {},
    konnectivity: { server: 'x:1', image: 'agent' },
  });
  return (addons.get('konnectivityAgent') ?? []).filter(({ kind }) => kind !== 'DaemonSet');
}

/** Hands each connection to the next of the ports, as a Service does. */
export async function balancer(ports: readonly number[]): Promise<{ port: number; server: Server }> {
  let turn = 0;
  const server = createServer((client) => {
    const target = createConnection({ host: '127.0.0.1', port: ports[turn++ % ports.length] ?? 0 });
    for (const socket of [client, target]) {
      socket.on('error', () => undefined);
      socket.on('close', () => {
        client.destroy();
        target.destroy();
      });
    }
    client.pipe(target).pipe(client);
  });
  const port = await freePort();
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return { port, server };
}

/** The kubeconfig of a Secret, with the port at which the API server of a test listens. */
export async function dialPort(directory: string, secret: string, port: string): Promise<void> {
  const file = join(directory, secret, 'kubeconfig');
  const text = await readFile(file, 'utf8');
  await writeFile(file, text.replace('127.0.0.1:6443', `127.0.0.1:${port}`));
}

function proxyCommand(command: string): Promise<string> {
  return kubernetesBinary(command, COMPONENT_VERSIONS.konnectivity);
}

function changed(args: readonly string[], values: Record<string, string | number>): string[] {
  const names = Object.keys(values);
  const kept = args.filter((argument) => !names.some((name) => argument.startsWith(`--${name}=`)));
  return [...kept, ...Object.entries(values).map(([name, value]) => `--${name}=${value}`)];
}

/** proxy-server takes no port of the ephemeral range. */
async function lowPorts(count: number): Promise<[number, number, number]> {
  const ports: number[] = [];
  while (ports.length < count) {
    const port = await freePort();
    const low = 20_000 + (port % 12_000);
    if (!ports.includes(low)) ports.push(low);
  }
  return ports as [number, number, number];
}
