import type { KeyObject } from 'node:crypto';
import * as x509 from './x509.js';
import { BerthError } from '../core/errors.js';
import { type Certificate, parseCertificate } from './certificate.js';
import { signCertificate, validity } from './issue.js';
import {
  type KeyAlgorithm,
  parsePrivateKey,
  type PkiSource,
  privateKeyPem,
  publicKeyDer,
  signingKey,
} from './keys.js';

/** kubeadm's life of an authority: ten years. */
const AUTHORITY_TTL_SECONDS = 10 * 365 * 24 * 3600;

/** A certificate that may sign others, with its key. */
export interface Authority {
  certificate: Certificate;
  key: KeyObject;
}

/** Secret data of type `kubernetes.io/tls`, in PEM. */
export interface KeyPairData {
  'tls.crt': string;
  'tls.key': string;
}

/** A new self-signed authority with a key of its own. */
export async function createAuthority(
  commonName: string,
  source: PkiSource,
  algorithm: KeyAlgorithm = 'ECDSA-P256',
): Promise<Authority> {
  const key = await source.generateKey(algorithm);
  const pem = await signCertificate({
    serialNumber: source.serialNumber(),
    subject: { commonName, organizations: [] },
    publicKey: publicKeyDer(key),
    issuerKey: key,
    ...validity(source.now(), AUTHORITY_TTL_SECONDS),
    extensions: [new x509.BasicConstraintsExtension(true, undefined, true), authorityKeyUsage()],
  });
  return { certificate: parseCertificate(pem), key };
}

function authorityKeyUsage(): x509.Extension {
  const { digitalSignature, keyCertSign, cRLSign } = x509.KeyUsageFlags;
  return new x509.KeyUsagesExtension(digitalSignature | keyCertSign | cRLSign, true);
}

/**
 * Reads an authority from Secret data, which may be somebody's own, and proves that it can sign.
 * @throws BerthError `CertificateUnreadable`, `PrivateKeyUnreadable`, `KeyAlgorithmUnsupported`,
 *   `CertificateIsNoAuthority`, `KeyMismatch`
 */
export function parseAuthority(data: KeyPairData): Authority {
  const certificate = parseCertificate(data['tls.crt']);
  const key = parsePrivateKey(data['tls.key']);
  if (!certificate.isAuthority) {
    throw new BerthError(
      'CertificateIsNoAuthority',
      'the certificate may not sign others (no CA constraint)',
      {
        next: 'Put a certificate with basicConstraints CA:TRUE there.',
      },
    );
  }
  if (!certificate.x509.checkPrivateKey(key)) {
    throw new BerthError('KeyMismatch', 'the private key does not belong to the certificate', {
      next: 'Put the key of the same pair there.',
    });
  }
  signingKey(key);
  return { certificate, key };
}

export function authorityData({ certificate, key }: Authority): KeyPairData {
  return { 'tls.crt': certificate.x509.toString(), 'tls.key': privateKeyPem(key) };
}
