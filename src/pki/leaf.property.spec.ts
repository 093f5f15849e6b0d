import { isIP } from 'node:net';
import { expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { NOW, sourceAt } from '../../test/support/pki.js';
import { createAuthority } from './authority.js';
import { isIssuedBy, parseCertificate } from './certificate.js';
import { issueLeaf } from './leaf.js';
import { canonicalAddress, firstServiceAddress, subjectAltNames } from './sans.js';

const source = sourceAt(NOW);
const authority = await createAuthority('kubernetes', source);

const label = fc.stringMatching(/^[a-z0-9]([-a-z0-9]{0,20}[a-z0-9])?$/);
const dnsNameOf = (minLength: number) =>
  fc
    .array(label, { minLength, maxLength: 5 })
    .map((labels) => labels.join('.'))
    .filter((text) => isIP(text) === 0);
const dnsName = dnsNameOf(1);
// openssl takes a wildcard for one only above two labels.
const wildcard = dnsNameOf(2).map((text) => `*.${text}`);
const address = fc.oneof(fc.ipV4(), fc.ipV6());
// Characters with a meaning in the text form of distinguished names, so that a name could turn into another.
const tricky = fc.string({
  unit: fc.constantFrom(...Array.from('#"\\,+=;<>/ a0é中:\u{1F6A2}')),
  minLength: 1,
  maxLength: 30,
});
const name = fc.oneof(tricky, fc.string({ unit: 'grapheme', minLength: 1 })).filter(hasNoControlCharacters);

function hasNoControlCharacters(text: string): boolean {
  return !/\p{Cc}/u.test(text) && text.isWellFormed();
}

it('every set of names is in the certificate, and nothing else', async () => {
  const names = fc.record({ dns: fc.array(fc.oneof(dnsName, wildcard)), ips: fc.array(address) });
  await fc.assert(
    fc.asyncProperty(names, async ({ dns, ips }) => {
      const wanted = subjectAltNames(dns, ips);
      const profile = {
        commonName: 'x',
        organizations: [],
        usages: ['serverAuth'],
        subjectAltNames: wanted,
        ttlSeconds: 60,
      } as const;
      const certificate = parseCertificate((await issueLeaf(authority, profile, source))['tls.crt']);
      expect(certificate.subjectAltNames).toEqual(wanted);
      expect(isIssuedBy(certificate, authority.certificate)).toBe(true);
      for (const host of dns) expect(certificate.x509.checkHost(host.replace('*', 'any'))).toBeDefined();
      for (const ip of ips) expect(certificate.x509.checkIP(canonicalAddress(ip))).toBeDefined();
    }),
    { numRuns: 100 },
  );
});

it('no name of a person or group turns into another one', async () => {
  await fc.assert(
    fc.asyncProperty(name, fc.array(name, { maxLength: 4 }), async (commonName, organizations) => {
      const profile = {
        commonName,
        organizations,
        usages: ['clientAuth'],
        subjectAltNames: [],
        ttlSeconds: 60,
      } as const;
      const certificate = parseCertificate((await issueLeaf(authority, profile, source))['tls.crt']);
      expect(certificate).toMatchObject({ commonName, organizations });
    }),
    { numRuns: 200 },
  );
});

it('names are the same however often they are made canonical', () => {
  fc.assert(
    fc.property(fc.array(dnsName), fc.array(address), (dns, ips) => {
      const once = subjectAltNames(dns, ips);
      const values = once.map((text) => [text.slice(0, 3), text.replace(/^(DNS|IP):/, '')] as const);
      const again = subjectAltNames(
        values.filter(([kind]) => kind === 'DNS').map(([, value]) => value),
        values.filter(([kind]) => kind === 'IP:').map(([, value]) => value),
      );
      expect(again).toEqual(once);
      expect(new Set(once).size).toBe(once.length);
    }),
  );
});

it('the first address of a service network is its base plus one', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 0xffffffff }), fc.integer({ min: 1, max: 31 }), (base, bits) => {
      const network = (base - (base % 2 ** (32 - bits))) >>> 0;
      expect(firstServiceAddress(`${dotted(base)}/${bits}`)).toBe(dotted(network + 1));
    }),
  );
});

function dotted(value: number): string {
  return [24, 16, 8, 0].map((shift) => (value >>> shift) & 0xff).join('.');
}
