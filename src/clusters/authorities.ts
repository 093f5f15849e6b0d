import { stableStringify } from '../core/digest.js';
import { remembered } from '../core/remembered.js';
import { resources } from '../kube/resources.js';
import type { KubeObject } from '../kube/types.js';
import { finalizers } from '../model/names.js';
import { createAuthority, parseAuthority } from '../pki/authority.js';
import { authorities, SERVICE_ACCOUNT_SECRET } from '../pki/certificates.js';
import {
  decideLoss,
  type Finding,
  findAuthority,
  findServiceAccountKeys,
  type LossDecision,
} from '../pki/loss.js';
import {
  type Authorities,
  authoritySecret,
  type SecretContent,
  serviceAccountSecret,
} from '../pki/secrets.js';
import { createServiceAccountKeys } from '../pki/service-account.js';
import { type ClusterScope, FIELD_MANAGER, withLabels } from './scope.js';
import { secretData, secretObject } from './secrets.js';

/**
 * The Secrets that cannot be made again: the authorities and the service-account keys. They are immutable and carry
 * a finalizer, so a deletion by hand is undone (docs/adr/0003-kept-secrets.md) and a real loss is reported.
 */

type Refusal = Extract<LossDecision, { action: 'refuse' }>;

type Data = Readonly<Record<string, string>>;

interface Kept {
  name: string;
  find: (data: Data | undefined) => Finding;
  make: (scope: ClusterScope) => Promise<SecretContent>;
}

const kept: readonly Kept[] = [
  ...authorities.map(({ name, commonName }) => ({
    name,
    find: lookedAt(findAuthority),
    make: async ({ services }: ClusterScope) =>
      authoritySecret(name, await createAuthority(commonName, services.pki)),
  })),
  {
    name: SERVICE_ACCOUNT_SECRET,
    find: lookedAt(findServiceAccountKeys),
    make: async ({ services }) => serviceAccountSecret(await createServiceAccountKeys(services.pki)),
  },
];

/** Names of the Secrets without which a cluster is another one. */
export const keptSecrets: readonly string[] = kept.map(({ name }) => name);

const rescueName = (name: string) => `${name}-rescue`;

/** The authorities of the cluster, made when it is new. Fingerprints go into status. */
export async function ensureAuthorities(
  scope: ClusterScope,
): Promise<{ authorities: Authorities } | { refused: Refusal }> {
  const outcomes = await Promise.all(
    kept.map(async (one) => [one.name, await ensureKept(scope, one)] as const),
  );
  const refused = outcomes.map(([, outcome]) => outcome).find((outcome) => 'refused' in outcome);
  if (refused && 'refused' in refused) return refused;
  const byName = Object.fromEntries(
    outcomes.flatMap(([name, outcome]) =>
      'data' in outcome && name !== SERVICE_ACCOUNT_SECRET ? [[name, authorityOf(outcome.data)]] : [],
    ),
  );
  return { authorities: byName as Authorities };
}

/** Lets the kept Secrets go with the cluster. */
export async function releaseAuthorities(scope: ClusterScope): Promise<void> {
  for (const { name } of kept) {
    const secret = scope.find(resources.Secret, name);
    if (secret?.metadata.finalizers?.includes(finalizers.keep)) await dropFinalizer(scope, secret);
  }
}

type Outcome = { data: Data } | { refused: Refusal };

async function ensureKept(scope: ClusterScope, { name, find, make }: Kept): Promise<Outcome> {
  const data = secretData(await liveSecret(scope, name));
  const decision = decideLoss({
    name,
    found: find(data),
    initialized: scope.status.initializedAt !== undefined,
    recorded: scope.status.authorities?.[name],
  });
  if (decision.action === 'refuse') return { refused: decision };
  const used = decision.action === 'use' && data ? data : await makeKept(scope, await make(scope));
  record(scope, name, find(used));
  return { data: used };
}

function record({ status }: ClusterScope, name: string, found: Finding): void {
  if (found.state === 'usable') status.authorities = { ...status.authorities, [name]: found.fingerprint };
}

async function makeKept(scope: ClusterScope, content: SecretContent): Promise<Data> {
  return secretData(await createKept(scope, secretObject(content, scope.namespace))) ?? {};
}

/**
 * The Secret as it is, rescued when somebody deleted it. The cache selects by our label, so an absence there is
 * asked of the API server before it is believed.
 */
async function liveSecret(scope: ClusterScope, name: string): Promise<KubeObject | undefined> {
  const { client } = scope.services;
  const ref = { namespace: scope.namespace, name };
  const secret = scope.find(resources.Secret, name) ?? (await client.find(resources.Secret, ref));
  const copy = scope.find(resources.Secret, rescueName(name));
  if (secret?.metadata.deletionTimestamp) return rescue(scope, secret);
  if (!secret && copy) return restore(scope, copy, name);
  if (secret && copy) await client.delete(resources.Secret, copy.metadata);
  return secret && !isKept(scope, secret) ? keep(scope, secret) : secret;
}

/** Without our labels the caches do not have it, and would not tell when it is gone. */
function isKept(scope: ClusterScope, secret: KubeObject): boolean {
  const { labels } = withLabels(secret, scope.cluster).metadata;
  const isHeld = secret.metadata.finalizers?.includes(finalizers.keep) ?? false;
  return isHeld && stableStringify(labels) === stableStringify(secret.metadata.labels);
}

/** A deletion only marked the Secret, the finalizer holds it. Copy, let go, make again: each step can be repeated. */
async function rescue(scope: ClusterScope, secret: KubeObject): Promise<KubeObject> {
  const { name } = secret.metadata;
  const copy = await scope.apply(sameContent(secret, scope.namespace, rescueName(name)));
  await dropFinalizer(scope, secret);
  return restore(scope, copy, name);
}

async function restore(scope: ClusterScope, copy: KubeObject, name: string): Promise<KubeObject> {
  const restored = await createKept(scope, sameContent(copy, scope.namespace, name));
  await scope.services.client.delete(resources.Secret, copy.metadata);
  scope.services.log.warn(
    { cluster: scope.name, secretName: name },
    'made a deleted authority again from its copy',
  );
  return restored;
}

function sameContent(secret: KubeObject, namespace: string, name: string): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace },
    type: secret['type'],
    data: secret['data'],
  };
}

/** Creates, never overwrites: an authority that another pass made meanwhile wins. */
async function createKept(scope: ClusterScope, secret: KubeObject): Promise<KubeObject> {
  const { client } = scope.services;
  const labelled = withLabels(secret, scope.cluster);
  const metadata = { ...labelled.metadata, finalizers: [finalizers.keep] };
  const desired = { ...labelled, metadata, immutable: true };
  const made = await client.createOnce(desired, { fieldManager: FIELD_MANAGER });
  return made ?? client.get(resources.Secret, secret.metadata);
}

/** Labels and finalizer back on a Secret that lost them, for example one restored from a backup. */
async function keep(scope: ClusterScope, secret: KubeObject): Promise<KubeObject> {
  const { labels } = withLabels(secret, scope.cluster).metadata;
  const others = (secret.metadata.finalizers ?? []).filter((finalizer) => finalizer !== finalizers.keep);
  const metadata = { labels, finalizers: [...others, finalizers.keep] };
  return scope.services.client.patch(resources.Secret, secret.metadata, { metadata });
}

/** The uid and version make it a conflict when the Secret is no longer the one that was read. */
async function dropFinalizer({ services }: ClusterScope, { metadata }: KubeObject): Promise<void> {
  const { uid, resourceVersion } = metadata;
  const rest = (metadata.finalizers ?? []).filter((finalizer) => finalizer !== finalizers.keep);
  await services.client.patch(resources.Secret, metadata, {
    metadata: { uid, resourceVersion, finalizers: rest },
  });
}

const authorityOf = remembered((data: Data) =>
  parseAuthority({ 'tls.crt': data['tls.crt'] ?? '', 'tls.key': data['tls.key'] ?? '' }),
);

/** Reading keys is slow, and each pass looks at the same ones. */
function lookedAt(find: Kept['find']): Kept['find'] {
  const known = remembered<Data, Finding>(find);
  return (data) => (data ? known(data) : find(data));
}
