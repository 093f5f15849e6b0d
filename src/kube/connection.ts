import { readFile } from 'node:fs/promises';
import type { RequestOptions } from 'node:https';
import { isIPv6 } from 'node:net';
import { type Clock, systemClock } from '../core/clock.js';
import { BerthError, messageOf } from '../core/errors.js';
import {
  type Credentials,
  kubeconfigEntry,
  type KubeconfigEntry,
  needsPlugin,
  readCredentials,
} from './kubeconfig.js';

/** Where a cluster's API is and how to get in. */
export interface Connection {
  /** The URL of the API server. */
  readonly server: string;
  /** Address (`host:port`) to dial instead of the URL's; the URL's name still has to be in the certificate. */
  readonly dial?: string;
  /** Name to ask for by SNI and to expect in the certificate instead of the URL's host. */
  readonly tlsServerName?: string;
  readonly insecureSkipTlsVerify: boolean;
  /** The current credentials; asked for again with every request, because tokens and exec plugins renew them. */
  credentials(): Promise<Credentials>;
}

export interface ConnectionOptions {
  server: string;
  ca?: string;
  cert?: string;
  key?: string;
  token?: string;
  tlsServerName?: string;
  dial?: string;
  insecureSkipTlsVerify?: boolean;
}

/** A connection from its parts. */
export function connectionTo(options: ConnectionOptions): Connection {
  const { server, ca, cert, key, token, tlsServerName, dial, insecureSkipTlsVerify = false } = options;
  const headers: Record<string, string> = token ? { authorization: `Bearer ${token}` } : {};
  const credentials = Promise.resolve({ ca, cert, key, headers });
  return { server, dial, tlsServerName, insecureSkipTlsVerify, credentials: () => credentials };
}

export interface KubeconfigSource {
  /** A file, whose relative paths are relative to it … */
  file?: string;
  /** … or the text itself. */
  text?: string;
  /** The current context unless told. */
  context?: string;
  dial?: string;
  /** Instead of the kubeconfig's own. */
  tlsServerName?: string;
  clock?: Clock;
}

/** A connection from a kubeconfig, with exec plugins and OIDC. Throws KubeconfigInvalid. */
export async function connectionFromKubeconfig(source: KubeconfigSource): Promise<Connection> {
  const { file, dial, clock } = source;
  try {
    const text = file === undefined ? (source.text ?? '') : await readFile(file, 'utf8');
    const entry = kubeconfigEntry(text, source);
    const ask = needsPlugin(entry.user) ? await pluginOf(source) : () => readCredentials(entry);
    const { server, 'tls-server-name': tlsServerName, 'insecure-skip-tls-verify': insecure } = entry.cluster;
    return {
      server,
      dial,
      tlsServerName: source.tlsServerName ?? tlsServerName,
      insecureSkipTlsVerify: insecure ?? false,
      credentials: remembered(ask, clock),
    };
  } catch (error) {
    throw invalidKubeconfig(source, messageOf(error));
  }
}

const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';

/**
 * The connection of a pod to its own cluster, by its service account, whose token the kubelet renews. Throws
 * NotInCluster.
 */
export function inClusterConnection(clock?: Clock): Connection {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port = '443' } = process.env;
  if (!host) throw notInCluster();
  const server = `https://${isIPv6(host) ? `[${host}]` : host}:${port}`;
  const entry: KubeconfigEntry = {
    cluster: { server, 'certificate-authority': `${SERVICE_ACCOUNT}/ca.crt` },
    user: { tokenFile: `${SERVICE_ACCOUNT}/token` },
  };
  return {
    server,
    insecureSkipTlsVerify: false,
    credentials: remembered(() => readCredentials(entry), clock),
  };
}

/** How long credentials are kept before the kubeconfig's files and plugins are asked again. */
const CREDENTIALS_TTL_MS = 30_000;

function remembered(ask: () => Promise<Credentials>, clock = systemClock): () => Promise<Credentials> {
  let cached: { until: number; credentials: Promise<Credentials> } | undefined;
  return () => {
    if (!cached || cached.until < clock.monotonic()) {
      cached = { until: clock.monotonic() + CREDENTIALS_TTL_MS, credentials: ask() };
      cached.credentials.catch(() => (cached = undefined));
    }
    return cached.credentials;
  };
}

/** Asks the plugin of a user. The package takes half as long to load as all of Berth: only who has a plugin pays. */
async function pluginOf({ file, text = '', context }: KubeconfigSource): Promise<() => Promise<Credentials>> {
  const client = await import('@kubernetes/client-node');
  const config = new client.KubeConfig();
  if (file === undefined) config.loadFromString(text);
  else config.loadFromFile(file);
  if (context) config.setCurrentContext(context);
  return async () => {
    const options: RequestOptions = {};
    await config.applyToHTTPSOptions(options);
    const { ca, cert, key } = options;
    const headers = Object.entries((options.headers ?? {}) as Record<string, unknown>).map(
      ([name, value]) => [name.toLowerCase(), String(value)],
    );
    return { ca: pem(ca), cert: pem(cert), key: pem(key), headers: Object.fromEntries(headers) };
  };
}

function pem(material: unknown): string | undefined {
  if (typeof material === 'string') return material;
  return Buffer.isBuffer(material) ? material.toString('utf8') : undefined;
}

function notInCluster(): BerthError {
  return new BerthError('NotInCluster', 'No kubeconfig was given, and this is not a pod of a cluster.', {
    next: 'Set BERTH_KUBECONFIG to the kubeconfig of the meta-cluster.',
  });
}

function invalidKubeconfig(source: KubeconfigSource, why: string): BerthError {
  const where = source.file === undefined ? 'the kubeconfig given' : `kubeconfig ${source.file}`;
  return new BerthError('KubeconfigInvalid', `${where} cannot be used: ${why}`, {
    status: 422,
    next: 'Check the file with: kubectl --kubeconfig FILE config view',
  });
}
