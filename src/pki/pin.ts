import { createHash } from 'node:crypto';
import { parseCertificate } from './certificate.js';

/**
 * `sha256:` and the digest of the certificate's public key, as `kubeadm join --discovery-token-ca-cert-hash` wants
 * it (RFC 7469, in hexadecimal).
 * @throws BerthError `CertificateUnreadable`
 */
export function publicKeyPin(certificatePem: string): string {
  const key = parseCertificate(certificatePem).x509.publicKey.export({ type: 'spki', format: 'der' });
  return `sha256:${createHash('sha256').update(key).digest('hex')}`;
}
