import type { RequestOptions } from 'node:https';
import type { KubeConfig } from '@kubernetes/client-node';
import { type Clock, systemClock } from '../core/clock.js';
import { BerthError, messageOf } from '../core/errors.js';

/** What proves who we are and who they are; PEM text. Never logged. */
export interface Credentials {
  ca?: string;
  cert?: string;
  key?: string;
  /** Such as Authorization. */
  headers: Record<string, string>;
}

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
  const config = await emptyConfig();
  try {
    if (source.file !== undefined) config.loadFromFile(source.file);
    else config.loadFromString(source.text ?? '');
  } catch (error) {
    throw invalidKubeconfig(source, messageOf(error));
  }
  if (source.context) config.setCurrentContext(source.context);
  if (!config.getCurrentCluster()) {
    throw invalidKubeconfig(source, `context "${config.getCurrentContext()}" names no cluster`);
  }
  return connectionOf(config, source);
}

/** The connection of a pod to its own cluster, by its service account. */
export async function inClusterConnection(clock: Clock = systemClock): Promise<Connection> {
  const config = await emptyConfig();
  config.loadFromCluster();
  return connectionOf(config, { clock });
}

// Loading the package takes as long as starting Berth: only who has a kubeconfig pays.
async function emptyConfig(): Promise<KubeConfig> {
  const client = await import('@kubernetes/client-node');
  return new client.KubeConfig();
}

/** How long credentials are kept before the kubeconfig's files and plugins are asked again. */
const CREDENTIALS_TTL_MS = 30_000;

function connectionOf(
  config: KubeConfig,
  source: Pick<KubeconfigSource, 'dial' | 'tlsServerName' | 'clock'>,
): Connection {
  const cluster = config.getCurrentCluster();
  const { dial, tlsServerName = cluster?.tlsServerName, clock = systemClock } = source;
  let cached: { until: number; credentials: Promise<Credentials> } | undefined;
  return {
    server: cluster?.server ?? '',
    dial,
    tlsServerName,
    insecureSkipTlsVerify: cluster?.skipTLSVerify ?? false,
    credentials: () => {
      if (!cached || cached.until < clock.monotonic()) {
        cached = { until: clock.monotonic() + CREDENTIALS_TTL_MS, credentials: credentialsOf(config) };
        cached.credentials.catch(() => (cached = undefined));
      }
      return cached.credentials;
    },
  };
}

async function credentialsOf(config: KubeConfig): Promise<Credentials> {
  const options: RequestOptions = {};
  await config.applyToHTTPSOptions(options);
  const { ca, cert, key, auth } = options;
  const headers = Object.entries((options.headers ?? {}) as Record<string, unknown>).map(([name, value]) => [
    name.toLowerCase(),
    String(value),
  ]);
  const basic = auth ? { authorization: `Basic ${Buffer.from(auth).toString('base64')}` } : {};
  return {
    ca: pem(ca),
    cert: pem(cert),
    key: pem(key),
    headers: { ...Object.fromEntries(headers), ...basic },
  };
}

function pem(material: unknown): string | undefined {
  if (typeof material === 'string') return material;
  return Buffer.isBuffer(material) ? material.toString('utf8') : undefined;
}

function invalidKubeconfig(source: KubeconfigSource, why: string): BerthError {
  const where = source.file === undefined ? 'the kubeconfig given' : `kubeconfig ${source.file}`;
  return new BerthError('KubeconfigInvalid', `${where} cannot be used: ${why}`, {
    status: 422,
    next: 'Check the file with: kubectl --kubeconfig FILE config view',
  });
}
