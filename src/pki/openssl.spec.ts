/** The certificates as another implementation sees them: chain, host names, addresses and purposes. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createAuthorities, fullPkiInput, issueAll, sourceAt } from '../../test/support/pki.js';
import { run, tryRun } from '../core/process.js';
import {
  authorities as authorityTable,
  type CertificateEntry,
  certificatesFor,
  profileOf,
} from './certificates.js';
import { caBundle } from './secrets.js';

const input = fullPkiInput;
const entries = certificatesFor(input).map((entry): [string, CertificateEntry] => [entry.secret, entry]);
let directory: string;
const crt = (name: string) => join(directory, `${name}.crt`);

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'berth-pki-'));
  const source = sourceAt(Date.now());
  const authorities = await createAuthorities(source);
  const others = await createAuthorities(source);
  const secrets = await issueAll(input, authorities, source);
  const files = [
    ...Object.entries(caBundle(authorities)),
    ...Object.entries(caBundle(others)).map(([name, pem]) => [`other-${name}`, pem] as const),
    ...[...secrets].map(([name, data]) => [`${name}.crt`, data['tls.crt'] ?? ''] as const),
    ...[...secrets].map(([name, data]) => [`${name}.key`, data['tls.key'] ?? ''] as const),
  ];
  for (const [name, pem] of files) await writeFile(join(directory, name), pem, { mode: 0o600 });
});
afterAll(() => rm(directory, { recursive: true }));

describe.each(entries)('openssl on %s', (secret, entry) => {
  it('verifies the chain strictly, for its purposes only, and refuses it for another cluster', async () => {
    const verify = (authority: string, purpose: string) =>
      tryRun('openssl', [
        'verify',
        '-x509_strict',
        '-purpose',
        purpose,
        '-CAfile',
        crt(authority),
        crt(secret),
      ]);
    for (const [usage, purpose] of [
      ['serverAuth', 'sslserver'],
      ['clientAuth', 'sslclient'],
    ] as const) {
      const { code } = await verify(entry.authority, purpose);
      expect([purpose, code === 0]).toEqual([purpose, entry.usages.includes(usage)]);
    }
    const own = entry.usages.includes('serverAuth') ? 'sslserver' : 'sslclient';
    expect((await verify(`other-${entry.authority}`, own)).code).not.toBe(0);
    for (const { name } of authorityTable.filter((authority) => authority.name !== entry.authority)) {
      expect((await verify(name, own)).code).not.toBe(0);
    }
  });

  it('matches every name of the table and no other', async () => {
    const matches = async (flag: string, value: string) => {
      const said = await run('openssl', ['x509', '-noout', '-in', crt(secret), flag, value]);
      return /does match certificate/.test(said);
    };
    for (const name of profileOf(entry, input).subjectAltNames) {
      const [flag, value] = name.startsWith('DNS:')
        ? ['-checkhost', name.slice(4)]
        : ['-checkip', name.slice(3)];
      expect([name, await matches(flag, value.replace('*', 'etcd-7'))]).toEqual([name, true]);
    }
    expect(await matches('-checkhost', 'elsewhere.example')).toBe(false);
    expect(await matches('-checkip', '192.0.2.99')).toBe(false);
  });

  it('has a key that fits', async () => {
    const certified = await run('openssl', ['x509', '-noout', '-pubkey', '-in', crt(secret)]);
    const held = await run('openssl', ['pkey', '-pubout', '-in', join(directory, `${secret}.key`)]);
    expect(held).toBe(certified);
  });
});

it.each(authorityTable.map(({ name, commonName }) => [name, commonName]))(
  'openssl on %s',
  async (name, commonName) => {
    const text = await run('openssl', [
      'x509',
      '-noout',
      '-subject',
      '-issuer',
      '-ext',
      'basicConstraints,keyUsage',
      '-in',
      crt(name),
    ]);
    expect(text).toContain(`subject=CN = ${commonName}\nissuer=CN = ${commonName}\n`);
    expect(text).toMatch(/Basic Constraints: critical\s+CA:TRUE/);
    expect(text).toMatch(/Key Usage: critical\s+Digital Signature, Certificate Sign, CRL Sign/);
  },
);
