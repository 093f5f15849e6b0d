import { createPublicKey, type KeyObject } from 'node:crypto';
import * as x509 from './x509.js';
import { BerthError } from '../core/errors.js';
import type { Authority, KeyPairData } from './authority.js';
import type { Usage } from './certificate.js';
import { signCertificate, type Subject, validity } from './issue.js';
import { type KeyAlgorithm, type PkiSource, privateKeyPem, publicKeyDer } from './keys.js';
import type { SubjectAltName } from './sans.js';

/** Everything a leaf says, apart from its key and issuer. */
export interface LeafProfile extends Subject {
  usages: readonly Usage[];
  subjectAltNames: readonly SubjectAltName[];
  /** Life in seconds; cut to the authority's own end. */
  ttlSeconds: number;
}

/**
 * A new key and its certificate.
 * @throws BerthError `AuthorityExpired`
 */
export async function issueLeaf(
  authority: Authority,
  profile: LeafProfile,
  source: PkiSource,
  algorithm: KeyAlgorithm = 'ECDSA-P256',
): Promise<KeyPairData> {
  const key = await source.generateKey(algorithm);
  const certificate = await certify(authority, profile, publicKeyDer(key), source);
  return { 'tls.crt': certificate, 'tls.key': privateKeyPem(key) };
}

/**
 * Certifies the key of a PKCS#10 request, so that the private key never leaves its owner. Only the key is taken
 * from the request; what the certificate says is the caller's decision alone.
 * @throws BerthError `CertificateRequestInvalid` (400) when it is unreadable, not signed by its own key, or when
 *   the key is weak; `AuthorityExpired`
 */
export async function signRequest(
  authority: Authority,
  requestPem: string,
  profile: LeafProfile,
  source: PkiSource,
): Promise<string> {
  return certify(authority, profile, await requestedKey(requestPem), source);
}

async function certify(
  authority: Authority,
  profile: LeafProfile,
  publicKey: Buffer,
  source: PkiSource,
): Promise<string> {
  const period = validity(source.now(), profile.ttlSeconds, authority.certificate.notAfter);
  if (period.notAfter.getTime() <= source.now()) {
    throw new BerthError(
      'AuthorityExpired',
      `the authority ${authority.certificate.commonName} has expired`,
      {
        next: 'Rotate the authority; it can sign nothing any more.',
      },
    );
  }
  const issuer = new x509.X509Certificate(authority.certificate.x509.raw);
  return signCertificate({
    serialNumber: source.serialNumber(),
    subject: profile,
    issuer: issuer.subjectName,
    publicKey,
    issuerKey: authority.key,
    ...period,
    extensions: [...leafExtensions(profile, publicKey), ...authorityKeyIdentifier(issuer)],
  });
}

function leafExtensions(profile: LeafProfile, publicKey: Buffer): x509.Extension[] {
  const extensions = [
    new x509.BasicConstraintsExtension(false, undefined, true),
    keyUsage(publicKey),
    new x509.ExtendedKeyUsageExtension(profile.usages.map((usage) => x509.ExtendedKeyUsage[usage])),
  ];
  const names = profile.subjectAltNames.map(generalName);
  return names.length === 0 ? extensions : [...extensions, new x509.SubjectAlternativeNameExtension(names)];
}

// Only RSA keys can encipher a session key (TLS 1.2 without forward secrecy).
function keyUsage(publicKey: Buffer): x509.Extension {
  const { digitalSignature, keyEncipherment } = x509.KeyUsageFlags;
  const isRsa = readPublicKey(publicKey).asymmetricKeyType === 'rsa';
  return isRsa
    ? new x509.KeyUsagesExtension(digitalSignature | keyEncipherment, true)
    : new x509.KeyUsagesExtension(digitalSignature, true);
}

function generalName(name: SubjectAltName): x509.JsonGeneralName {
  const value = name.slice(name.indexOf(':') + 1);
  return { type: name.startsWith('DNS:') ? 'dns' : 'ip', value };
}

function authorityKeyIdentifier(issuer: x509.X509Certificate): x509.Extension[] {
  const id = issuer.getExtension(x509.SubjectKeyIdentifierExtension)?.keyId;
  return id === undefined ? [] : [new x509.AuthorityKeyIdentifierExtension(id)];
}

async function requestedKey(pem: string): Promise<Buffer> {
  const publicKey = await provenKey(pem);
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = readPublicKey(publicKey);
  const strong =
    type === 'ec' || type === 'ed25519' || (type === 'rsa' && (details?.modulusLength ?? 0) >= 2048);
  if (!strong) throw invalidRequest('its key is weak or of an unknown kind');
  return publicKey;
}

/** The key of a request that is signed with that very key. */
async function provenKey(pem: string): Promise<Buffer> {
  const request = readRequest(pem);
  const proven = await request.verify().catch(() => false);
  if (!proven) throw invalidRequest('it is not signed with its own key');
  return Buffer.from(request.publicKey.rawData);
}

function readRequest(pem: string): x509.Pkcs10CertificateRequest {
  try {
    return new x509.Pkcs10CertificateRequest(pem);
  } catch {
    throw invalidRequest('it is not readable PEM');
  }
}

function readPublicKey(der: Buffer): KeyObject {
  return createPublicKey({ key: der, format: 'der', type: 'spki' });
}

function invalidRequest(reason: string): BerthError {
  return new BerthError('CertificateRequestInvalid', `the certificate request cannot be signed: ${reason}`, {
    status: 400,
    next: 'Make a PKCS#10 request in PEM with an RSA key of 2048 bits or more, an ECDSA or an Ed25519 key.',
  });
}
