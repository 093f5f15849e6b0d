import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { DAY, NOW, sourceAt } from '../../test/support/pki.js';
import { run } from '../core/process.js';
import {
  type Authority,
  authorityData,
  createAuthority,
  type KeyPairData,
  parseAuthority,
} from './authority.js';
import { isIssuedBy, parseCertificate } from './certificate.js';
import { issueLeaf } from './leaf.js';

const source = sourceAt(NOW + 999);
const profile = {
  commonName: 'someone',
  organizations: [],
  usages: ['clientAuth'],
  subjectAltNames: [],
  ttlSeconds: 3600,
} as const;

describe('an authority', () => {
  let authority: Authority;
  beforeAll(async () => {
    authority = await createAuthority('kubernetes', source);
  });

  it('is self-signed, may sign others and lives ten years from five minutes ago', () => {
    const { certificate } = authority;
    expect(certificate).toMatchObject({
      commonName: 'kubernetes',
      isAuthority: true,
      notBefore: new Date(NOW - 5 * 60_000),
      notAfter: new Date(NOW + 3650 * DAY),
    });
    expect(isIssuedBy(certificate, certificate)).toBe(true);
    expect(authority.key.asymmetricKeyDetails).toMatchObject({ namedCurve: 'prime256v1' });
  });

  it('comes back from its Secret as it was', () => {
    const again = parseAuthority(authorityData(authority));
    expect(again.certificate.fingerprint).toBe(authority.certificate.fingerprint);
    expect(again.certificate.fingerprint).toMatch(/^sha256:[0-9a-f]{64}$/);
  });

  it('is read with its key in the forms kubeadm and openssl write', async () => {
    const sec1 = authority.key.export({ type: 'sec1', format: 'pem' }).toString();
    expect(parseAuthority({ ...authorityData(authority), 'tls.key': sec1 }).key.equals(authority.key)).toBe(
      true,
    );

    const rsa = await createAuthority('kubernetes', source, 'RSA-2048');
    const pkcs1 = rsa.key.export({ type: 'pkcs1', format: 'pem' }).toString();
    const read = parseAuthority({ ...authorityData(rsa), 'tls.key': pkcs1 });
    const leaf = await issueLeaf(read, profile, source);
    expect(isIssuedBy(parseCertificate(leaf['tls.crt']), rsa.certificate)).toBe(true);
  });

  it('signs with a key on P-384 that somebody brought', async () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-384' });
    const own = await createAuthority('kubernetes', { ...source, generateKey: async () => privateKey });
    const leaf = await issueLeaf(own, profile, source);
    expect(isIssuedBy(parseCertificate(leaf['tls.crt']), own.certificate)).toBe(true);
  });

  it('is refused when its parts do not fit, without quoting the key', async () => {
    const data = authorityData(authority);
    const other = authorityData(await createAuthority('kubernetes', source));
    const leaf = await issueLeaf(authority, profile, source);
    const brokenKey = data['tls.key'].replace('MIG', 'XXX');
    const refusals = [
      [{ ...data, 'tls.key': other['tls.key'] }, 'KeyMismatch'],
      [leaf, 'CertificateIsNoAuthority'],
      [{ ...data, 'tls.crt': 'rubbish' }, 'CertificateUnreadable'],
      [{ ...data, 'tls.key': brokenKey }, 'PrivateKeyUnreadable'],
    ] as const;
    for (const [pair, code] of refusals) {
      const refused = expect(() => parseAuthority(pair));
      refused.toThrow(expect.objectContaining({ code }));
      refused.not.toThrow(/PRIVATE KEY|XXX/);
    }
  });

  it('is refused when nothing can be signed with its kind of key', async () => {
    const data = await ed25519Authority();
    expect(() => parseAuthority(data)).toThrow(expect.objectContaining({ code: 'KeyAlgorithmUnsupported' }));
  });
});

async function ed25519Authority(): Promise<KeyPairData> {
  const directory = await mkdtemp(join(tmpdir(), 'berth-pki-'));
  const [crt, key] = ['ca.crt', 'ca.key'].map((name) => join(directory, name)) as [string, string];
  const args = ['-newkey', 'ed25519', '-noenc', '-subj', '/CN=own', '-keyout', key, '-out', crt];
  try {
    await run('openssl', ['req', '-x509', ...args]);
    return { 'tls.crt': await readFile(crt, 'utf8'), 'tls.key': await readFile(key, 'utf8') };
  } finally {
    await rm(directory, { recursive: true });
  }
}
