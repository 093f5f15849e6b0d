import { createHash, randomInt, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import type { KubeObject } from '../kube/types.js';
import { annotations, labels as labelKeys } from '../model/names.js';

/** A join token, as the bootstrap-token Secret of the hosted cluster keeps it. */

/** Seconds. A token is a key to the cluster: it lives for one session of work. */
export const JOIN_TOKEN_TTL = { default: 3600, min: 60, max: 24 * 3600 } as const;

export const JOIN_TOKEN_NAMESPACE = 'kube-system';
export const JOIN_TOKEN_TYPE = 'bootstrap.kubernetes.io/token';

/** Whoever has such a token gets a node's certificate at once … */
const PLAIN_GROUP = 'system:bootstrappers:kubeadm:default-node-token';
/** … with one of these only after Berth counted it. */
export const COUNTED_GROUP = 'system:bootstrappers:berth:counted-node-token';

const GRANT = 'berth.dev/join-grant';
const USED_BY = 'berth.dev/join-token-used-by';

export interface Taint {
  key: string;
  value?: string;
  effect: 'NoSchedule' | 'PreferNoSchedule' | 'NoExecute';
}

/** What a token gives to the nodes that join with it. */
export interface JoinGrant {
  labels?: Record<string, string>;
  taints?: Taint[];
  /** Most nodes that may join with it; any number unless told. */
  usageLimit?: number;
}

export interface JoinTokenRequest extends JoinGrant {
  ttlSeconds: number;
  description?: string;
  createdBy: string;
}

/** A token without its secret half. */
export interface JoinToken extends JoinGrant {
  id: string;
  description?: string;
  createdBy?: string;
  createdAt?: string;
  /** Absent: never, for a token that was not made by Berth. */
  expiresAt?: string;
  /** Names of the nodes that joined, counted for tokens with a limit. */
  usedBy: string[];
}

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz0123456789';

/** A new token: `id.secret`. The secret half has 82 bits. */
export function newJoinToken(): { id: string; secret: string } {
  return { id: letters(6), secret: letters(16) };
}

function letters(count: number): string {
  return Array.from({ length: count }, () => ALPHABET[randomInt(ALPHABET.length)]).join('');
}

/** The halves of a presented token; undefined when it has not the form of one. */
export function splitJoinToken(token: string): { id: string; secret: string } | undefined {
  const [, id, secret] = /^([a-z0-9]{6})\.([a-z0-9]{16})$/.exec(token) ?? [];
  return id === undefined || secret === undefined ? undefined : { id, secret };
}

export function joinTokenName(id: string): string {
  return `bootstrap-token-${id}`;
}

/** The Secret that makes the token known to the API server, and to the controllers that sign and clean up. */
export function joinTokenSecret(
  { id, secret }: { id: string; secret: string },
  { ttlSeconds, description, createdBy, ...grant }: JoinTokenRequest,
  now: number,
): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name: joinTokenName(id),
      namespace: JOIN_TOKEN_NAMESPACE,
      labels: { [labelKeys.managedBy]: 'berth' },
      annotations: { [annotations.createdBy]: createdBy, [GRANT]: JSON.stringify(grant) },
    },
    type: JOIN_TOKEN_TYPE,
    stringData: {
      'token-id': id,
      'token-secret': secret,
      expiration: new Date(now + ttlSeconds * 1000).toISOString().replace(/\.\d+Z$/, 'Z'),
      'usage-bootstrap-authentication': 'true',
      'usage-bootstrap-signing': 'true',
      'auth-extra-groups': grant.usageLimit === undefined ? PLAIN_GROUP : COUNTED_GROUP,
      ...(description !== undefined && { description }),
    },
  };
}

const grantSchema = z.object({
  labels: z.record(z.string(), z.string()).optional(),
  taints: z
    .array(
      z.object({
        key: z.string(),
        value: z.string().optional(),
        effect: z.enum(['NoSchedule', 'PreferNoSchedule', 'NoExecute']),
      }),
    )
    .optional(),
  usageLimit: z.int().optional(),
});

/** What a bootstrap-token Secret says, whoever made it. */
export function readJoinToken(secret: KubeObject): JoinToken {
  const { metadata } = secret;
  return {
    id: field(secret, 'token-id'),
    description: field(secret, 'description') || undefined,
    createdBy: metadata.annotations?.[annotations.createdBy],
    createdAt: metadata.creationTimestamp,
    expiresAt: field(secret, 'expiration') || undefined,
    ...grantOf(metadata.annotations?.[GRANT]),
    usedBy: usedByOf(metadata.annotations?.[USED_BY]),
  };
}

/** The annotation that counts `node` as one that joined. */
export function usedByAnnotation(usedBy: readonly string[], node: string): Record<string, string> {
  return { [USED_BY]: [...usedBy, node].join(',') };
}

/** Whether the Secret is that of a presented token, is still good, and lets a machine authenticate. */
export function isJoinTokenOf(secret: KubeObject, presented: string, now: number): boolean {
  const { expiresAt } = readJoinToken(secret);
  return (
    sameText(field(secret, 'token-secret'), presented) &&
    field(secret, 'usage-bootstrap-authentication') === 'true' &&
    (expiresAt === undefined || Date.parse(expiresAt) > now)
  );
}

/** In constant time, whatever the lengths. */
function sameText(one: string, other: string): boolean {
  const [a, b] = [one, other].map((text) => createHash('sha256').update(text).digest());
  return one !== '' && a !== undefined && b !== undefined && timingSafeEqual(a, b);
}

function field(secret: KubeObject, key: string): string {
  const data = (secret['data'] ?? {}) as Record<string, string>;
  return Buffer.from(data[key] ?? '', 'base64').toString();
}

/** Nothing when somebody wrote something else there. */
function grantOf(text: string | undefined): JoinGrant {
  try {
    return grantSchema.parse(JSON.parse(text ?? '{}'));
  } catch {
    return {};
  }
}

function usedByOf(text: string | undefined): string[] {
  return (text ?? '').split(',').filter(Boolean);
}
