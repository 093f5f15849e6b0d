/** The configuration of the service: environment variables, validated and read once. Nothing else reads them. */
import { randomUUID } from 'node:crypto';
import { hostname, tmpdir } from 'node:os';
import { z } from 'zod';
import { BerthError } from './errors.js';

/** The address clients dial: `127.0.0.1:8600`, `[::1]:8600`, `:8600` for every address. */
const hostPort = z
  .string()
  .regex(/^(\[[0-9a-fA-F:]+\]|[^:[\]/\s]*):\d{1,5}$/, 'must look like 127.0.0.1:8600')
  .transform((text) => {
    const colon = text.lastIndexOf(':');
    const host = text.slice(0, colon).replace(/^\[|\]$/g, '');
    return { host: host || '0.0.0.0', port: Number(text.slice(colon + 1)) };
  })
  .refine(({ port }) => port <= 65535, 'the port must be at most 65535');

const gatewayRef = z
  .string()
  .regex(
    /^[a-z0-9-]+\/[a-z0-9.-]+(\/[a-z0-9.-]+)?$/,
    'must look like namespace/name or namespace/name/section',
  )
  .transform((text) => {
    const [namespace = '', name = '', sectionName] = text.split('/');
    return { namespace, name, sectionName };
  });

/** Words with commas between them. */
const list = z.string().transform((text) =>
  text
    .split(',')
    .map((word) => word.trim())
    .filter(Boolean),
);

const wholeNumber = (least: number, most: number) =>
  z
    .string()
    .regex(/^\d+$/, 'must be a whole number')
    .transform(Number)
    .refine((n) => n >= least && n <= most, `must be from ${least} to ${most}`);

/** Every variable the service reads. docs/configuration.md is proved to say the same. */
export const environment = z.object({
  BERTH_ROLE: z
    .enum(['api', 'reconcilers', 'all'])
    .default('all')
    .describe('What this process does: answer requests, reconcile, or both. `--role` wins.'),
  BERTH_LISTEN: hostPort
    .prefault('127.0.0.1:8600')
    .describe('Address and port of the REST API, the health checks and the metrics.'),
  BERTH_TOKEN_FILE: z
    .string()
    .optional()
    .describe(
      'File of bearer tokens, one `token[,user[,group...]]` a line; the user is `admin` unless told. Needed by the REST API. Changes are seen within a second.',
    ),
  BERTH_KUBECONFIG: z
    .string()
    .optional()
    .describe("kubeconfig of the meta-cluster. Unset: the pod's own service account."),
  BERTH_NAMESPACE: z
    .string()
    .default('berth-system')
    .describe('Namespace of the Leases with which processes elect one reconciler.'),
  BERTH_IDENTITY: z
    .string()
    .min(1)
    .prefault(() => `${hostname()}-${randomUUID().slice(0, 8)}`)
    .describe('Name of this process in Leases and logs. Unset: host name and a random part.'),
  BERTH_DOMAIN: z
    .string()
    .default('berth.localhost')
    .describe('Base of the host names of API servers: a cluster gets `<name>.<domain>`.'),
  BERTH_EXPOSURE: z
    .enum(['Gateway', 'Ingress', 'NodePort', 'LoadBalancer'])
    .default('Gateway')
    .describe('How API servers are reached when a cluster does not say.'),
  BERTH_GATEWAY: gatewayRef
    .prefault('berth-system/berth')
    .describe('Gateway that routes attach to: `namespace/name` or `namespace/name/section`.'),
  BERTH_INGRESS_ADDRESS: hostPort
    .optional()
    .describe(
      '`ip:port` that clients dial to reach the gateway or ingress. Unset: read from its status, which routes of Traefik do not have.',
    ),
  BERTH_INGRESS_CLASS: z
    .enum(['haproxy', 'nginx', 'traefik'])
    .optional()
    .describe('For exposure Ingress: whose routes to write when a cluster does not say.'),
  BERTH_TRAEFIK_ENTRYPOINTS: list
    .optional()
    .describe('Entry points of Traefik that carry the routes. Unset: all.'),
  BERTH_META_DOMAIN: z.string().default('cluster.local').describe('DNS domain of the meta-cluster.'),
  BERTH_DENIED_NETWORKS: list
    .optional()
    .describe(
      "Networks in CIDR form that hosted API servers must not reach for their users: the meta-cluster's pods and Services. The embedded meta-cluster enforces no NetworkPolicies.",
    ),
  BERTH_HOSTED_ACCESS: z
    .enum(['service', 'endpoint'])
    .default('service')
    .describe(
      'How Berth itself reaches a hosted API server: by its Service inside the meta-cluster, or by the public endpoint.',
    ),
  BERTH_ENDPOINT_CHECK: z
    .enum(['on', 'off'])
    .default('on')
    .describe(
      'Whether a cluster is ready only when its API server has answered by its public endpoint. `off` where Berth itself cannot reach that.',
    ),
  BERTH_PUBLIC_URL: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe(
      'Address of the REST API as machines that join reach it. Unset: what the request for a join token was sent to.',
    ),
  BERTH_NODE_PACKAGES_URL: z
    .url({ protocol: /^https?$/ })
    .default('https://pkgs.k8s.io')
    .describe('Where machines that join get kubelet and kubeadm from: pkgs.k8s.io or a mirror of it.'),
  BERTH_BACKUP_STORE: z
    .url({ protocol: /^(file|s3)$/ })
    .optional()
    .describe(
      'Where backups go: `file:///directory` or `s3://bucket/prefix?endpoint=https://host&region=name`. Credentials come from where the AWS SDK looks for them. Unset: no backups.',
    ),
  BERTH_BACKUP_KEY_FILE: z
    .string()
    .optional()
    .describe(
      'File of the keys that backups are encrypted with, one `id:base64` of 32 bytes a line; the first encrypts. Needed for backups. Keep a copy away from the store.',
    ),
  BERTH_SCRATCH_DIR: z
    .string()
    .optional()
    .describe("Directory with room for a few snapshots while they are checked. Unset: the system's own."),
  BERTH_TRANSFER_IMAGE: z
    .string()
    .default('docker.io/library/busybox:1.37.0')
    .describe('Image with `/bin/busybox` that takes a snapshot into the pod that restores it.'),
  BERTH_POD_NETWORK_POOL: z
    .cidrv4()
    .optional()
    .describe(
      'Network of which each cluster that names no `podCIDR` gets a part of its own, so that its masters can reach its pods. Unset: all get the same.',
    ),
  BERTH_POD_NETWORK_BITS: wholeNumber(8, 20)
    .prefault('18')
    .describe('Prefix length of such a part; each node gets a /24 of it.'),
  BERTH_RATE_LIMIT: wholeNumber(1, 1_000_000)
    .prefault('3000')
    .describe('Requests a minute that one client address may send.'),
  BERTH_DRAIN_SECONDS: wholeNumber(0, 600)
    .prefault('20')
    .describe('How long a stopping process waits for requests and reconciles to finish.'),
  BERTH_LOG_LEVEL: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'silent'])
    .default('info')
    .describe('Least severe level that is logged.'),
});

export type Role = z.output<typeof environment>['BERTH_ROLE'];
export type Address = z.output<typeof hostPort>;

export interface Config {
  role: Role;
  listen: Address;
  tokenFile?: string;
  kubeconfig?: string;
  namespace: string;
  identity: string;
  /** How hosted API servers are exposed when a cluster does not say. */
  exposure: {
    domain: string;
    type: 'Gateway' | 'Ingress' | 'NodePort' | 'LoadBalancer';
    gateway: { namespace: string; name: string; sectionName?: string };
    address?: Address;
    ingressClass?: 'haproxy' | 'nginx' | 'traefik';
    traefikEntryPoints?: string[];
  };
  /** DNS domain of the meta-cluster. */
  metaDomain: string;
  /** CIDRs that hosted API servers must not reach for their users. */
  deniedNetworks?: string[];
  hostedAccess: 'service' | 'endpoint';
  endpointCheck: boolean;
  /** Base URL of the REST API for machines that join, when it is not the one that callers use. */
  publicUrl?: string;
  /** Repository of kubelet and kubeadm packages for them. */
  nodePackagesUrl: string;
  /** Where backups go, and how. */
  backup: { store?: string; keyFile?: string; scratchDir: string; transferImage: string };
  /** Where clusters that name no pod network get one: a CIDR, and the prefix length of each part. */
  podNetworks: { pool?: string; bits: number };
  /** Requests a minute from one address. */
  rateLimit: number;
  drainSeconds: number;
  logLevel: string;
}

/** Reads the configuration. Throws InvalidConfiguration that names every variable that is wrong, never its value. */
export function readConfig(variables: Readonly<Record<string, string | undefined>>): Config {
  const set = Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== ''));
  const result = environment.safeParse(set);
  if (!result.success) throw invalidConfiguration(result.error);
  const read = result.data;
  return {
    role: read.BERTH_ROLE,
    listen: read.BERTH_LISTEN,
    tokenFile: read.BERTH_TOKEN_FILE,
    kubeconfig: read.BERTH_KUBECONFIG,
    namespace: read.BERTH_NAMESPACE,
    identity: read.BERTH_IDENTITY,
    exposure: {
      domain: read.BERTH_DOMAIN,
      type: read.BERTH_EXPOSURE,
      gateway: read.BERTH_GATEWAY,
      address: read.BERTH_INGRESS_ADDRESS,
      ingressClass: read.BERTH_INGRESS_CLASS,
      traefikEntryPoints: read.BERTH_TRAEFIK_ENTRYPOINTS,
    },
    metaDomain: read.BERTH_META_DOMAIN,
    deniedNetworks: read.BERTH_DENIED_NETWORKS,
    hostedAccess: read.BERTH_HOSTED_ACCESS,
    endpointCheck: read.BERTH_ENDPOINT_CHECK === 'on',
    publicUrl: read.BERTH_PUBLIC_URL,
    nodePackagesUrl: read.BERTH_NODE_PACKAGES_URL,
    backup: {
      store: read.BERTH_BACKUP_STORE,
      keyFile: read.BERTH_BACKUP_KEY_FILE,
      scratchDir: read.BERTH_SCRATCH_DIR ?? tmpdir(),
      transferImage: read.BERTH_TRANSFER_IMAGE,
    },
    podNetworks: { pool: read.BERTH_POD_NETWORK_POOL, bits: read.BERTH_POD_NETWORK_BITS },
    rateLimit: read.BERTH_RATE_LIMIT,
    drainSeconds: read.BERTH_DRAIN_SECONDS,
    logLevel: read.BERTH_LOG_LEVEL,
  };
}

function invalidConfiguration(error: z.ZodError): BerthError {
  const fields = error.issues.map(({ path, message }) => ({ path: path.join('.'), message }));
  const said = fields.map(({ path, message }) => `${path} ${message}`).join('; ');
  return new BerthError('InvalidConfiguration', `The configuration is not usable: ${said}.`, {
    fields,
    next: 'Correct the environment variables; docs/configuration.md lists them.',
  });
}
