import * as x509 from './x509.js';
import { BerthError } from '../core/errors.js';
import { canonicalAddress } from './sans.js';

/** What a PKCS#10 request asks to be certified. */
export interface RequestedSubject {
  commonName: string;
  organizations: string[];
  /** In lower case. */
  dnsNames: string[];
  /** In their shortest form. */
  ips: string[];
  /** Names of any other kind: mail addresses, URIs. */
  otherNames: string[];
}

/**
 * Reads a request in PEM. Says nothing of its signature: the API server takes none that does not verify.
 * @throws BerthError `CertificateRequestInvalid` (400)
 */
export function readRequestedSubject(pem: string): RequestedSubject {
  const request = parse(pem);
  const extension = request.extensions.find((one) => one instanceof x509.SubjectAlternativeNameExtension);
  const names = extension?.names.items ?? [];
  const of = (...types: x509.GeneralNameType[]) =>
    names.filter(({ type }) => types.includes(type)).map(({ value }) => value);
  return {
    commonName: request.subjectName.getField('CN')[0] ?? '',
    organizations: request.subjectName.getField('O'),
    dnsNames: of('dns').map((name) => name.toLowerCase()),
    ips: of('ip').map(canonicalAddress),
    otherNames: names.filter(({ type }) => type !== 'dns' && type !== 'ip').map(({ value }) => value),
  };
}

function parse(pem: string): x509.Pkcs10CertificateRequest {
  try {
    return new x509.Pkcs10CertificateRequest(pem);
  } catch (cause) {
    throw new BerthError('CertificateRequestInvalid', 'the certificate request is not readable PEM', {
      status: 400,
      cause,
      next: 'Make a PKCS#10 request in PEM.',
    });
  }
}
