/** PKCS#10 requests as kubelets make them. */
import { webcrypto } from 'node:crypto';
import * as x509 from '../../src/pki/x509.js';

export interface RequestedNames {
  commonName: string;
  organizations?: readonly string[];
  names?: readonly x509.JsonGeneralName[];
}

/** PEM of a request with a fresh ECDSA key. */
export async function certificateRequest({
  commonName,
  organizations = ['system:nodes'],
  names = [],
}: RequestedNames): Promise<string> {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const request = await x509.Pkcs10CertificateRequestGenerator.create({
    name: [...organizations.map((name) => ({ O: [name] })), { CN: [commonName] }],
    keys,
    signingAlgorithm: algorithm,
    extensions: names.length > 0 ? [new x509.SubjectAlternativeNameExtension([...names])] : [],
  });
  return `${request.toString('pem')}\n`;
}
