import type { RequestedSubject } from '../../pki/request.js';

/**
 * Who may have which certificate, as chains of rules: each looks at one thing and says why it refuses. Pure. The
 * kinds and their base rules are Kubernetes' own (certificates.k8s.io, "Kubernetes signers").
 */

/** A CertificateSigningRequest, as far as rules read it. */
export interface CertificateRequest {
  /** As the API server authenticated the requester. */
  username: string;
  groups: readonly string[];
  usages: readonly string[];
  subject: RequestedSubject;
}

/** Why a request is refused: a stable word and a sentence. */
export interface Refusal {
  reason: string;
  message: string;
}

export type Rule<Facts> = (request: CertificateRequest, facts: Facts) => Refusal | undefined;

/** The first refusal of a chain; undefined when every rule is content. */
export function judge<Facts>(
  rules: readonly Rule<Facts>[],
  request: CertificateRequest,
  facts: Facts,
): Refusal | undefined {
  for (const rule of rules) {
    const refusal = rule(request, facts);
    if (refusal) return refusal;
  }
  return undefined;
}

export function refuse(reason: string, message: string): Refusal {
  return { reason, message };
}

const NODE_PREFIX = 'system:node:';
const NODES_GROUP = 'system:nodes';

/** The node a request is for; undefined when it is for something else. */
export function nodeNameOf({ subject }: CertificateRequest): string | undefined {
  const { commonName } = subject;
  return commonName.startsWith(NODE_PREFIX) && commonName.length > NODE_PREFIX.length
    ? commonName.slice(NODE_PREFIX.length)
    : undefined;
}

/** The subject is a node's: common name system:node:NAME, organization system:nodes and no other. */
export const namesANode: Rule<unknown> = (request) => {
  const { commonName, organizations } = request.subject;
  if (nodeNameOf(request) === undefined) {
    return refuse('NotANode', `the common name ${JSON.stringify(commonName)} is not system:node:NAME`);
  }
  if (organizations.length === 1 && organizations[0] === NODES_GROUP) return undefined;
  return refuse(
    'WrongOrganization',
    `the organizations are ${JSON.stringify(organizations)}, not ${NODES_GROUP} alone`,
  );
};

/** A node asks for itself, with the credentials it has. */
export const asksForItself: Rule<unknown> = ({ username, groups, subject }) =>
  username === subject.commonName && groups.includes(NODES_GROUP)
    ? undefined
    : refuse('NotItsOwn', `${username} may not ask for a certificate of ${subject.commonName}`);

/** `needed` is among the usages, and nothing beside it but what TLS takes for granted. */
export function hasUsage(needed: 'server auth' | 'client auth'): Rule<unknown> {
  const allowed = new Set([needed, 'digital signature', 'key encipherment']);
  return ({ usages }) => {
    const other = usages.find((usage) => !allowed.has(usage));
    if (other !== undefined)
      return refuse('WrongUsage', `the usage ${other} is not for this kind of certificate`);
    return usages.includes(needed) ? undefined : refuse('WrongUsage', `the usage ${needed} is missing`);
  };
}
