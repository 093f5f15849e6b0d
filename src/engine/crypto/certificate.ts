import { sha256 } from '@noble/hashes/sha2.js';
import { toBytes } from '../bytes.js';
import type { CryptoProvider, SignatureAlgorithm } from '../crypto-provider.js';
import { civilAt } from '../time/civil.js';
import {
  TAG,
  ascii,
  bitString,
  element,
  explicit,
  implicit,
  integer,
  objectIdentifier,
  octetString,
  readElements,
  sequence,
} from './der.js';

/** X.509 certificates as Sprig's functions ask Go's crypto/x509 for them. */

const OID = {
  commonName: '2.5.4.3',
  keyUsage: '2.5.29.15',
  extendedKeyUsage: '2.5.29.37',
  basicConstraints: '2.5.29.19',
  subjectKeyId: '2.5.29.14',
  authorityKeyId: '2.5.29.35',
  subjectAlternativeName: '2.5.29.17',
  serverAuth: '1.3.6.1.5.5.7.3.1',
  clientAuth: '1.3.6.1.5.5.7.3.2',
};
const NULL = element(TAG.null);
const TRUE = Uint8Array.of(0x01, 0x01, 0xff);

const ALGORITHMS: Record<SignatureAlgorithm, Uint8Array> = {
  'rsa-sha256': sequence(objectIdentifier('1.2.840.113549.1.1.11'), NULL),
  'ecdsa-sha256': sequence(objectIdentifier('1.2.840.10045.4.3.2')),
  'ecdsa-sha384': sequence(objectIdentifier('1.2.840.10045.4.3.3')),
  'ecdsa-sha512': sequence(objectIdentifier('1.2.840.10045.4.3.4')),
  ed25519: sequence(objectIdentifier('1.3.101.112')),
};

export interface CertificateRequest {
  commonName: string;
  /** 4 or 16 bytes each. */
  addresses: Uint8Array[];
  dnsNames: string[];
  /** Nanoseconds since 1970. */
  notBefore: bigint;
  notAfter: bigint;
  /** 16 random bytes. */
  serialNumber: Uint8Array;
  isAuthority: boolean;
  /** Private key (PEM) of the certificate's owner. */
  key: string;
  /** Who signs; the owner itself when absent. */
  issuer?: { certificate: Uint8Array; key: string };
}

/** A signed certificate (DER). Throws an Error when a key or the issuer's certificate cannot be read. */
export function createCertificate(request: CertificateRequest, provider: CryptoProvider): Uint8Array {
  const publicKey = provider.publicKey(request.key);
  const issuer = request.issuer === undefined ? undefined : readIssuer(request.issuer.certificate);
  const signingKey = request.issuer?.key ?? request.key;
  const { algorithm } = provider.sign(signingKey, new Uint8Array(0));
  const subject = nameOf(request.commonName);
  const body = sequence(
    explicit(0, integer(Uint8Array.of(2))),
    integer(request.serialNumber),
    ALGORITHMS[algorithm],
    issuer?.subject ?? subject,
    sequence(timeOf(request.notBefore), timeOf(request.notAfter)),
    subject,
    publicKey,
    explicit(3, sequence(...extensions(request, publicKey, issuer))),
  );
  return sequence(body, ALGORITHMS[algorithm], bitString(provider.sign(signingKey, body).signature));
}

function extensions(
  request: CertificateRequest,
  publicKey: Uint8Array,
  issuer: Issuer | undefined,
): Uint8Array[] {
  const all = [
    // digitalSignature and keyEncipherment, keyCertSign for authorities
    extension(
      OID.keyUsage,
      request.isAuthority ? bitString(Uint8Array.of(0xa4), 2) : bitString(Uint8Array.of(0xa0), 5),
      true,
    ),
    extension(
      OID.extendedKeyUsage,
      sequence(objectIdentifier(OID.serverAuth), objectIdentifier(OID.clientAuth)),
    ),
    extension(OID.basicConstraints, request.isAuthority ? sequence(TRUE) : sequence(), true),
  ];
  if (request.isAuthority) all.push(extension(OID.subjectKeyId, octetString(keyIdentifier(publicKey))));
  if (issuer?.keyIdentifier !== undefined) {
    all.push(extension(OID.authorityKeyId, sequence(implicit(0, issuer.keyIdentifier))));
  }
  const names = [
    ...request.dnsNames.map((name) => implicit(2, ascii(name))),
    ...request.addresses.map((address) => implicit(7, address)),
  ];
  const unnamed = request.commonName === '';
  if (names.length > 0) all.push(extension(OID.subjectAlternativeName, sequence(...names), unnamed));
  return all;
}

function extension(oid: string, value: Uint8Array, critical = false): Uint8Array {
  return sequence(objectIdentifier(oid), ...(critical ? [TRUE] : []), octetString(value));
}

function nameOf(commonName: string): Uint8Array {
  if (commonName === '') return sequence();
  const printable = /^[A-Za-z0-9 '()+,\-./:=?*&]*$/.test(commonName);
  const value = element(printable ? TAG.printableString : TAG.utf8String, toBytes(commonName));
  return sequence(element(TAG.set, sequence(objectIdentifier(OID.commonName), value)));
}

function timeOf(nanoseconds: bigint): Uint8Array {
  const { year, month, day, hour, minute, second } = civilAt(nanoseconds, 0);
  const two = (value: number): string => String(value).padStart(2, '0');
  const rest = `${[month, day, hour, minute, second].map(two).join('')}Z`;
  const short = year >= 1950 && year < 2050;
  return short
    ? element(TAG.utcTime, ascii(two(year % 100) + rest))
    : element(TAG.generalizedTime, ascii(String(year).padStart(4, '0') + rest));
}

/** SHA-256 of the key's bits, cut to 20 bytes (RFC 7093). */
function keyIdentifier(publicKey: Uint8Array): Uint8Array {
  const bits = readElements(readElements(publicKey)[0]?.content ?? new Uint8Array(0))[1];
  return sha256(bits?.content.subarray(1) ?? new Uint8Array(0)).subarray(0, 20);
}

interface Issuer {
  /** The Name as it stands in the certificate. */
  subject: Uint8Array;
  keyIdentifier: Uint8Array | undefined;
}

/** Subject and key identifier of a certificate. Throws an Error when it is none. */
export function readIssuer(certificate: Uint8Array): Issuer {
  const body = readElements(readElements(certificate)[0]?.content ?? new Uint8Array(0))[0];
  const fields = readElements(body?.content ?? new Uint8Array(0)).filter(({ tag }) => tag !== 0xa0);
  // serial number, algorithm, issuer, validity, subject
  const subject = fields[4];
  if (subject?.tag !== TAG.sequence) throw new Error('x509: malformed certificate');
  return {
    subject: subject.raw,
    keyIdentifier: findKeyIdentifier(fields.find(({ tag }) => tag === 0xa3)?.content),
  };
}

function findKeyIdentifier(wrapped: Uint8Array | undefined): Uint8Array | undefined {
  const list = wrapped === undefined ? undefined : readElements(wrapped)[0];
  const wanted = objectIdentifier(OID.subjectKeyId).join();
  for (const { content } of list === undefined ? [] : readElements(list.content)) {
    const parts = readElements(content);
    const value = parts.at(-1);
    if (parts[0]?.raw.join() === wanted && value !== undefined)
      return readElements(value.content)[0]?.content;
  }
  return undefined;
}
