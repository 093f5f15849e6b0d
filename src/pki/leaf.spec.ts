import { createPrivateKey, generateKeyPairSync, type KeyObject, webcrypto } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { DAY, NOW, sourceAt } from '../../test/support/pki.js';
import { run } from '../core/process.js';
import { type Authority, createAuthority } from './authority.js';
import { isIssuedBy, parseCertificate } from './certificate.js';
import { issueLeaf, type LeafProfile, signRequest } from './leaf.js';
import { subjectAltNames } from './sans.js';
import { Pkcs10CertificateRequestGenerator } from './x509.js';

const source = sourceAt(NOW);
const profile: LeafProfile = {
  commonName: 'alice',
  organizations: ['dev', 'viewers'],
  usages: ['clientAuth', 'serverAuth'],
  subjectAltNames: subjectAltNames(['a.example', '*.b.example'], ['192.0.2.1', '2001:db8::1']),
  ttlSeconds: 3600,
};

let authority: Authority;
beforeAll(async () => {
  authority = await createAuthority('kubernetes', source);
});

describe('a leaf', () => {
  it('says what its profile says and is issued by the authority', async () => {
    const certificate = parseCertificate((await issueLeaf(authority, profile, source))['tls.crt']);
    expect(certificate).toMatchObject({
      commonName: 'alice',
      organizations: ['dev', 'viewers'],
      usages: ['clientAuth', 'serverAuth'],
      subjectAltNames: profile.subjectAltNames,
      isAuthority: false,
      notBefore: new Date(NOW - 5 * 60_000),
      notAfter: new Date(NOW + 3600_000),
    });
    expect(isIssuedBy(certificate, authority.certificate)).toBe(true);
  });

  it('has a serial number of its own', async () => {
    const serials = await Promise.all(
      Array.from({ length: 20 }, async () => {
        const pair = await issueLeaf(authority, profile, source);
        return parseCertificate(pair['tls.crt']).x509.serialNumber;
      }),
    );
    expect(new Set(serials).size).toBe(serials.length);
  });

  it('has an RSA key on request', async () => {
    const pair = await issueLeaf(authority, profile, source, 'RSA-2048');
    const { publicKey } = parseCertificate(pair['tls.crt']).x509;
    expect(publicKey.asymmetricKeyDetails).toMatchObject({ modulusLength: 2048 });
  });

  it('does not outlive its authority, and an ended authority issues none', async () => {
    const end = authority.certificate.notAfter;
    const last = await issueLeaf(authority, profile, sourceAt(end.getTime() - 60_000));
    expect(parseCertificate(last['tls.crt']).notAfter).toEqual(end);
    await expect(issueLeaf(authority, profile, sourceAt(end.getTime() + DAY))).rejects.toMatchObject({
      code: 'AuthorityExpired',
    });
  });
});

describe('a request', () => {
  it.each([
    ['ECDSA P-256', ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256']],
    ['RSA 2048', ['-newkey', 'rsa:2048']],
    ['Ed25519', ['-newkey', 'ed25519']],
  ])(
    'of openssl certifies its %s key, under the given subject, not the one it asks for',
    async (_, newKey) => {
      const { csr, key } = await opensslRequest([...newKey, '-subj', '/O=system:masters/CN=system:admin']);
      const certificate = parseCertificate(await signRequest(authority, csr, profile, source));
      expect(certificate).toMatchObject({ commonName: 'alice', organizations: ['dev', 'viewers'] });
      expect(certificate.x509.checkPrivateKey(createPrivateKey(key))).toBe(true);
      expect(isIssuedBy(certificate, authority.certificate)).toBe(true);
    },
  );

  it('refuses rubbish, a request signed with another key, and a weak key', async () => {
    const own = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const other = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const weak = generateKeyPairSync('rsa', { modulusLength: 1024 });
    const stolen = { publicKey: other.publicKey, privateKey: own.privateKey };
    for (const pem of ['rubbish', '', await request(stolen, 'CN=x'), await request(weak, 'CN=x')]) {
      await expect(signRequest(authority, pem, profile, source)).rejects.toMatchObject({
        code: 'CertificateRequestInvalid',
        status: 400,
      });
    }
  });
});

async function opensslRequest(args: string[]): Promise<{ csr: string; key: string }> {
  const directory = await mkdtemp(join(tmpdir(), 'berth-pki-'));
  const [csr, key] = ['csr', 'key'].map((name) => join(directory, name)) as [string, string];
  try {
    await run('openssl', ['req', '-new', '-noenc', '-keyout', key, '-out', csr, ...args]);
    return { csr: await readFile(csr, 'utf8'), key: await readFile(key, 'utf8') };
  } finally {
    await rm(directory, { recursive: true });
  }
}

async function request(keys: { publicKey: KeyObject; privateKey: KeyObject }, name: string): Promise<string> {
  const rsa = keys.privateKey.asymmetricKeyType === 'rsa';
  const csr = await Pkcs10CertificateRequestGenerator.create({
    name,
    keys: { publicKey: cryptoKey(keys.publicKey, 'verify'), privateKey: cryptoKey(keys.privateKey, 'sign') },
    signingAlgorithm: { name: rsa ? 'RSASSA-PKCS1-v1_5' : 'ECDSA', hash: 'SHA-256' },
  });
  return csr.toString('pem');
}

function cryptoKey(key: KeyObject, use: 'sign' | 'verify'): webcrypto.CryptoKey {
  const rsa = key.asymmetricKeyType === 'rsa';
  const algorithm = rsa
    ? { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }
    : { name: 'ECDSA', namedCurve: 'P-256' };
  return key.toCryptoKey(algorithm, true, [use]);
}
