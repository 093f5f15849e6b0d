import { COUNTED_GROUP, type JoinToken } from '../join-token.js';
import {
  type CertificateRequest,
  hasUsage,
  judge,
  namesANode,
  nodeNameOf,
  refuse,
  type Refusal,
  type Rule,
} from './policy.js';

/** Signer of the certificates by which kubelets are known to the API server. */
export const KUBELET_CLIENT = 'kubernetes.io/kube-apiserver-client-kubelet';

const BOOTSTRAP_PREFIX = 'system:bootstrap:';

/** The id of the counted token with which a machine asks; undefined when it asks with something else. */
export function countedTokenOf({ username, groups }: CertificateRequest): string | undefined {
  const counted = username.startsWith(BOOTSTRAP_PREFIX) && groups.includes(COUNTED_GROUP);
  return counted ? username.slice(BOOTSTRAP_PREFIX.length) : undefined;
}

/** Why a machine may not join with a token that is counted; undefined when it may. `token`: when it is still there. */
export function refuseJoining(
  request: CertificateRequest,
  token: JoinToken | undefined,
): Refusal | undefined {
  return judge(rules, request, token);
}

const hasNoNames: Rule<unknown> = ({ subject: { dnsNames, ips, otherNames } }) =>
  dnsNames.length + ips.length + otherNames.length === 0
    ? undefined
    : refuse('WrongName', 'a certificate for a client has no names beside its subject');

const tokenIsThere: Rule<JoinToken | undefined> = (_request, token) =>
  token ? undefined : refuse('TokenGone', 'the join token has expired or was revoked');

/** A machine that tries again is counted once. */
const isWithinLimit: Rule<JoinToken | undefined> = (request, token) => {
  const { usedBy = [], usageLimit = Infinity } = token ?? {};
  const isNew = !usedBy.includes(nodeNameOf(request) ?? '');
  return isNew && usedBy.length >= usageLimit
    ? refuse('UsageLimitReached', `the join token was for ${usageLimit} nodes, and that many have joined`)
    : undefined;
};

const rules: readonly Rule<JoinToken | undefined>[] = [
  hasUsage('client auth'),
  namesANode,
  hasNoNames,
  tokenIsThere,
  isWithinLimit,
];
