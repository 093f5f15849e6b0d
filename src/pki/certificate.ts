import { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { BerthError } from '../core/errors.js';
import { remembered } from '../core/remembered.js';
import { canonicalAddress } from './sans.js';

/** What a leaf may be used for (extended key usage). */
export type Usage = 'serverAuth' | 'clientAuth';

const usageIds: Record<string, Usage> = {
  '1.3.6.1.5.5.7.3.1': 'serverAuth',
  '1.3.6.1.5.5.7.3.2': 'clientAuth',
};

/** What Berth reads of a certificate. */
export interface Certificate {
  readonly x509: X509Certificate;
  readonly commonName: string;
  readonly organizations: readonly string[];
  /** Extended key usages; one that is no `Usage` appears as its object identifier. */
  readonly usages: readonly string[];
  /** `SubjectAltName`s; of kinds other than DNS and IP as Node prints them. */
  readonly subjectAltNames: readonly string[];
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly isAuthority: boolean;
  /** `sha256:` and the digest of the whole certificate in lower-case hexadecimal. */
  readonly fingerprint: string;
}

/**
 * Reads the first certificate of a PEM text. Every look at a cluster reads all its certificates, mostly the same: the
 * same text may give the same object.
 * @throws BerthError `CertificateUnreadable`
 */
export const parseCertificate = remembered((pem: string): Certificate => {
  const x509 = parseX509(pem);
  const { subject } = x509.toLegacyObject();
  return {
    x509,
    commonName: asList(subject?.CN)[0] ?? '',
    organizations: asList(subject?.O),
    usages: (x509.keyUsage ?? []).map((id) => usageIds[id] ?? id),
    subjectAltNames: readAltNames(x509.subjectAltName),
    notBefore: x509.validFromDate,
    notAfter: x509.validToDate,
    isAuthority: x509.ca,
    fingerprint: `sha256:${x509.fingerprint256.replaceAll(':', '').toLowerCase()}`,
  };
});

/** True when the authority's key signed the certificate and its name is the issuer's. Says nothing about dates. */
export function isIssuedBy(certificate: Certificate, authority: Certificate): boolean {
  return certificate.x509.checkIssued(authority.x509) && certificate.x509.verify(authority.x509.publicKey);
}

function parseX509(pem: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch {
    throw new BerthError('CertificateUnreadable', 'the certificate is not readable PEM', {
      next: 'Put an X.509 certificate in PEM form there.',
    });
  }
}

function asList(value: string | string[] | undefined): string[] {
  return value === undefined ? [] : [value].flat();
}

// Names with characters that need quoting are kept quoted: Berth never issues such, so they only ever differ.
function readAltNames(text: string | undefined): string[] {
  return (text ?? '').split(', ').filter(Boolean).map(readAltName);
}

function readAltName(name: string): string {
  const address = /^IP Address:(.+)$/.exec(name)?.[1];
  if (address === undefined) return name;
  return `IP:${isIP(address) !== 0 ? canonicalAddress(address) : address}`;
}
