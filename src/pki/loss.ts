import { messageOf } from '../core/errors.js';
import { parseAuthority } from './authority.js';
import { serviceAccountFingerprint } from './service-account.js';

/**
 * The rule for what a cluster cannot get again, its authorities and service-account keys: a cluster that has
 * answered once has nodes, kubeconfigs and tokens that trust them. A new one would cut all of these off without
 * a word, so a loss is reported and waits for a person.
 */

/** What a Secret was found to hold. */
export type Finding =
  { state: 'absent' } | { state: 'unusable'; message: string } | { state: 'usable'; fingerprint: string };

export interface LossInput {
  /** Name of the Secret. */
  name: string;
  found: Finding;
  /** The cluster's API server has answered once. */
  initialized: boolean;
  /** Fingerprint in the cluster's status; absent when none was recorded yet, or the status was not restored. */
  recorded?: string;
}

export type LossDecision =
  | { action: 'create' }
  | { action: 'use'; fingerprint: string }
  | { action: 'refuse'; code: LossCode; message: string; next: string };

type LossCode = 'AuthorityLost' | 'AuthorityUnusable' | 'AuthorityReplaced';

type SecretData = Partial<Record<string, string>> | undefined;

/** Looks at the data of an authority's Secret; undefined: there is no Secret. */
export function findAuthority(data: SecretData): Finding {
  return find(data, ['tls.crt', 'tls.key'], (crt, key) => {
    return parseAuthority({ 'tls.crt': crt, 'tls.key': key }).certificate.fingerprint;
  });
}

/** The same for Secret `sa`. */
export function findServiceAccountKeys(data: SecretData): Finding {
  return find(data, ['sa.key', 'sa.pub'], (key, pub) =>
    serviceAccountFingerprint({ 'sa.key': key, 'sa.pub': pub }),
  );
}

/** What to do about one authority or key pair. */
export function decideLoss(input: LossInput): LossDecision {
  const { name, found, initialized, recorded } = input;
  if (found.state === 'unusable') return unusable(name, found.message, initialized);
  if (found.state === 'absent') return initialized ? lost(name) : { action: 'create' };
  const replaced = initialized && recorded !== undefined && recorded !== found.fingerprint;
  return replaced ? refuseReplaced(name, recorded) : { action: 'use', fingerprint: found.fingerprint };
}

function find(
  data: SecretData,
  keys: [string, string],
  fingerprint: (a: string, b: string) => string,
): Finding {
  if (data === undefined) return { state: 'absent' };
  const [first, second] = [data[keys[0]], data[keys[1]]];
  if (!first || !second) return { state: 'unusable', message: `it needs both ${keys.join(' and ')}` };
  try {
    return { state: 'usable', fingerprint: fingerprint(first, second) };
  } catch (error) {
    return { state: 'unusable', message: messageOf(error) };
  }
}

function lost(name: string): LossDecision {
  return {
    action: 'refuse',
    code: 'AuthorityLost',
    message: `Secret ${name} is gone, and nodes, kubeconfigs or tokens of this cluster depend on it`,
    next: `Put Secret ${name} back from a backup. Without one, rotate it as an operation and renew all that trusts it.`,
  };
}

// Even before the first start: what cannot be read may be an authority that somebody brought.
function unusable(name: string, reason: string, initialized: boolean): LossDecision {
  const otherwise = initialized ? '' : ', or delete the Secret to have a new one made';
  return {
    action: 'refuse',
    code: 'AuthorityUnusable',
    message: `Secret ${name} cannot be used: ${reason}`,
    next: `Put good data into Secret ${name}${initialized ? ' from a backup' : ''}${otherwise}.`,
  };
}

function refuseReplaced(name: string, recorded: string): LossDecision {
  return {
    action: 'refuse',
    code: 'AuthorityReplaced',
    message: `Secret ${name} holds another authority or key than the one this cluster was made with (${recorded})`,
    next: `Put the recorded one back into Secret ${name}, or rotate it as an operation.`,
  };
}
