import type { KeyObject } from 'node:crypto';
import { messageOf } from '../core/errors.js';
import { type Certificate, isIssuedBy, parseCertificate } from './certificate.js';
import { type CertificateEntry, type PkiInput, profileOf } from './certificates.js';
import { parsePrivateKey } from './keys.js';
import type { LeafProfile } from './leaf.js';
import { sameNames } from './sans.js';
import { type Authorities, kubeconfigData } from './secrets.js';

/** Why a Secret must be issued again. */
export interface Renewal {
  reason:
    | 'Missing'
    | 'Unreadable'
    | 'KeyMismatch'
    | 'WrongIssuer'
    | 'SubjectDiffers'
    | 'UsagesDiffer'
    | 'SubjectAltNamesDiffer'
    | 'Expired'
    | 'Expiring'
    | 'KubeconfigDiffers';
  message: string;
}

export interface RenewalInput {
  entry: CertificateEntry;
  input: PkiInput;
  authorities: Authorities;
  /** What the Secret holds, in clear text; absent when there is no Secret. */
  found: Partial<Record<string, string>> | undefined;
  /** Milliseconds since the epoch. */
  now: number;
}

/** The Secret read, beside what it should say. */
interface Candidate extends RenewalInput {
  pair: { 'tls.crt': string; 'tls.key': string };
  certificate: Certificate;
  key: KeyObject;
  profile: LeafProfile;
}

type Policy = (candidate: Candidate) => Renewal | undefined;

/** In order; the first that is violated is the reason. None of them depends on the time. */
const policies: readonly Policy[] = [
  keyBelongs,
  authorityIssued,
  subjectAgrees,
  usagesAgree,
  namesAgree,
  kubeconfigAgrees,
];

/** Data that agreed, with what it was compared with: a look at a cluster compares the same again, mostly. */
const agreed = new WeakMap<object, string>();

/**
 * Why this Secret must be issued again now; undefined when it is good as it is. `found` is never changed by anybody.
 * @throws BerthError `SubjectAltNameInvalid`, `ServiceCIDRInvalid` for an input that nothing can be issued for
 */
export function renewalNeeded(input: RenewalInput): Renewal | undefined {
  const profile = profileOf(input.entry, input.input);
  const { found } = input;
  const { 'tls.crt': crt, 'tls.key': key } = found ?? {};
  if (!found || !crt || !key) {
    const message = found ? 'tls.crt or tls.key is missing' : 'there is no Secret';
    return { reason: 'Missing', message };
  }
  const comparison = comparisonOf(input, profile);
  if (agreed.get(found) !== comparison) {
    const pair = { 'tls.crt': crt, 'tls.key': key };
    const read = readPair(pair);
    const violation = 'reason' in read ? read : firstViolation({ ...input, ...read, pair, profile });
    if (violation) return violation;
    agreed.set(found, comparison);
  }
  return endOfLife(parseCertificate(crt), input.now);
}

/** All that the policies compare a Secret with. */
function comparisonOf({ entry, input, authorities }: RenewalInput, profile: LeafProfile): string {
  const fingerprints = Object.values(authorities).map(({ certificate }) => certificate.fingerprint);
  return JSON.stringify([entry.secret, profile, input, fingerprints]);
}

/** When a certificate is due: a third of its life before its end, at most 30 days before. */
export function renewalTime(certificate: Pick<Certificate, 'notBefore' | 'notAfter'>): Date {
  const end = certificate.notAfter.getTime();
  const life = end - certificate.notBefore.getTime();
  return new Date(end - Math.min(life / 3, 30 * 24 * 3600_000));
}

function readPair(pair: Candidate['pair']): { certificate: Certificate; key: KeyObject } | Renewal {
  try {
    return { certificate: parseCertificate(pair['tls.crt']), key: parsePrivateKey(pair['tls.key']) };
  } catch (error) {
    return { reason: 'Unreadable', message: messageOf(error) };
  }
}

function firstViolation(candidate: Candidate): Renewal | undefined {
  for (const policy of policies) {
    const violation = policy(candidate);
    if (violation !== undefined) return violation;
  }
  return undefined;
}

function keyBelongs({ certificate, key }: Candidate): Renewal | undefined {
  if (certificate.x509.checkPrivateKey(key)) return undefined;
  return { reason: 'KeyMismatch', message: 'tls.key does not belong to tls.crt' };
}

function authorityIssued({ certificate, authorities, entry }: Candidate): Renewal | undefined {
  if (isIssuedBy(certificate, authorities[entry.authority].certificate)) return undefined;
  return { reason: 'WrongIssuer', message: `not issued by the present authority ${entry.authority}` };
}

function subjectAgrees({ certificate, profile }: Candidate): Renewal | undefined {
  const same =
    certificate.commonName === profile.commonName &&
    sameNames(certificate.organizations, profile.organizations);
  if (same) return undefined;
  const wanted = [profile.commonName, ...profile.organizations].join(', ');
  return { reason: 'SubjectDiffers', message: `the subject should be ${wanted}` };
}

function usagesAgree({ certificate, profile }: Candidate): Renewal | undefined {
  if (sameNames(certificate.usages, profile.usages)) return undefined;
  return { reason: 'UsagesDiffer', message: `the usages should be ${profile.usages.join(', ')}` };
}

function namesAgree({ certificate, profile }: Candidate): Renewal | undefined {
  if (sameNames(certificate.subjectAltNames, profile.subjectAltNames)) return undefined;
  const has = new Set(certificate.subjectAltNames);
  const wants = new Set<string>(profile.subjectAltNames);
  const changes = [
    ...[...wants.difference(has)].map((name) => `+${name}`),
    ...[...has.difference(wants)].map((name) => `-${name}`),
  ];
  return { reason: 'SubjectAltNamesDiffer', message: `names to add and drop: ${changes.join(' ')}` };
}

function endOfLife(certificate: Certificate, now: number): Renewal | undefined {
  const end = certificate.notAfter.toISOString();
  if (now >= certificate.notAfter.getTime()) return { reason: 'Expired', message: `it ended at ${end}` };
  if (now >= renewalTime(certificate).getTime()) return { reason: 'Expiring', message: `it ends at ${end}` };
  return undefined;
}

function kubeconfigAgrees({ entry, input, authorities, pair, found }: Candidate): Renewal | undefined {
  if (kubeconfigData(entry, input, authorities, pair).kubeconfig === found?.['kubeconfig']) return undefined;
  return {
    reason: 'KubeconfigDiffers',
    message: 'kubeconfig names another server, authority or certificate',
  };
}
