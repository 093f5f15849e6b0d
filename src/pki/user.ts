import { BerthError, type FieldProblem } from '../core/errors.js';
import { certificates } from './certificates.js';
import type { LeafProfile } from './leaf.js';

/** Group that kubeadm binds to `cluster-admin`; unlike `system:masters` the binding can be taken away. */
export const CLUSTER_ADMINS = 'kubeadm:cluster-admins';

/** A certificate cannot be revoked, so a person's lives for hours: default, shortest (as the CSR API), longest. */
export const USER_TTL_SECONDS = { default: 8 * 3600, min: 600, max: 7 * 24 * 3600 } as const;

/** Who a person is to a hosted cluster. */
export interface UserIdentity {
  name: string;
  groups?: readonly string[];
  ttlSeconds?: number;
}

/**
 * The client certificate of a person; sign it with `issueLeaf`, or with `signRequest` for a key of their own.
 * @throws BerthError `UserIdentityInvalid` (422) with the fields `name`, `groups`, `ttlSeconds`
 */
export function userProfile({
  name,
  groups = [CLUSTER_ADMINS],
  ttlSeconds = USER_TTL_SECONDS.default,
}: UserIdentity): LeafProfile {
  const fields = [...nameProblems(name), ...groups.flatMap(groupProblems), ...ttlProblems(ttlSeconds)];
  if (fields.length > 0) {
    throw new BerthError(
      'UserIdentityInvalid',
      fields.map(({ path, message }) => `${path} ${message}`).join('; '),
      {
        status: 422,
        fields,
        next: 'Correct these fields and ask again.',
      },
    );
  }
  return { commonName: name, organizations: groups, usages: ['clientAuth'], subjectAltNames: [], ttlSeconds };
}

const machineNames = new Set(certificates.map(({ commonName }) => commonName));
const controlCharacter = /\p{Cc}/u;
const MAX_NAME = 253;

// Names that RBAC gives machines rights by must not be had by asking for them.
function nameProblems(name: string): FieldProblem[] {
  const problems = textProblems('name', name);
  const reserved = /^(system|berth|kubeadm):/.test(name) || machineNames.has(name);
  return reserved ? [...problems, { path: 'name', message: 'is reserved for components' }] : problems;
}

function groupProblems(group: string): FieldProblem[] {
  const problems = textProblems('groups', group);
  return /^(system|berth):/.test(group)
    ? [...problems, { path: 'groups', message: `must not hold ${group}: it is reserved` }]
    : problems;
}

function textProblems(path: string, text: string): FieldProblem[] {
  const good = text.trim() === text && text !== '' && text.length <= MAX_NAME && !controlCharacter.test(text);
  return good
    ? []
    : [{ path, message: `must be 1 to ${MAX_NAME} characters without control characters and outer spaces` }];
}

function ttlProblems(ttlSeconds: number): FieldProblem[] {
  const { min, max } = USER_TTL_SECONDS;
  const good = Number.isInteger(ttlSeconds) && ttlSeconds >= min && ttlSeconds <= max;
  return good ? [] : [{ path: 'ttlSeconds', message: `must be a whole number from ${min} to ${max}` }];
}
