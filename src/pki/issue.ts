import type { KeyObject } from 'node:crypto';
import * as x509 from './x509.js';
import { signingKey } from './keys.js';

/** Clocks of nodes may be behind ours by as much (kubeadm's figure). */
const BACKDATE_MS = 5 * 60_000;

export interface Subject {
  commonName: string;
  organizations: readonly string[];
}

export interface CertificateRequestToSign {
  serialNumber: string;
  subject: Subject;
  /** The issuer's name as its own certificate encodes it: verifiers compare bytes. Absent: self-signed. */
  issuer?: x509.Name;
  /** SubjectPublicKeyInfo of the key to certify. */
  publicKey: Buffer;
  issuerKey: KeyObject;
  notBefore: Date;
  notAfter: Date;
  extensions: x509.Extension[];
}

/** Back-dated start, and an end cut to `latest`: both on whole seconds, all that X.509 can say. */
export function validity(
  now: number,
  ttlSeconds: number,
  latest?: Date,
): { notBefore: Date; notAfter: Date } {
  const second = Math.floor(now / 1000) * 1000;
  const end = second + ttlSeconds * 1000;
  return {
    notBefore: new Date(second - BACKDATE_MS),
    notAfter: new Date(latest === undefined ? end : Math.min(end, latest.getTime())),
  };
}

/** Signs one certificate and returns it as PEM. */
export async function signCertificate(request: CertificateRequestToSign): Promise<string> {
  const subject = distinguishedName(request.subject);
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: request.serialNumber,
    subject,
    issuer: request.issuer ?? subject,
    notBefore: request.notBefore,
    notAfter: request.notAfter,
    publicKey: request.publicKey,
    signingKey: signingKey(request.issuerKey),
    extensions: [...request.extensions, await x509.SubjectKeyIdentifierExtension.create(request.publicKey)],
  });
  return `${certificate.toString('pem')}\n`;
}

// Values go in as tagged strings: plain ones would be read as RFC 2253 text, where quotes, "\\" and a leading "#"
// have a meaning, and a person's name could become another's.
function distinguishedName({ commonName, organizations }: Subject): x509.Name {
  return new x509.Name([
    ...organizations.map((name) => ({ O: [{ utf8String: name }] })),
    { CN: [{ utf8String: commonName }] },
  ]);
}
