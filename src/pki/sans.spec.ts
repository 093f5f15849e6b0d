import { describe, expect, it } from '@jest/globals';
import { canonicalAddress, firstServiceAddress, sameNames, subjectAltNames } from './sans.js';

describe('firstServiceAddress', () => {
  it.each([
    ['10.96.0.0/16', '10.96.0.1'],
    ['10.96.7.9/12', '10.96.0.1'],
    ['192.168.255.252/30', '192.168.255.253'],
    ['10.0.0.254/31', '10.0.0.255'],
    ['fd00:96::/112', 'fd00:96::1'],
    ['fd00:96::ff00/120', 'fd00:96::ff01'],
  ])('gives kubeadm’s first address of %s', (cidr, address) => {
    expect(firstServiceAddress(cidr)).toBe(address);
  });

  it.each(['', '10.96.0.0', '10.96.0.0/33', 'fd00::/129', '10.96.0.1/32', 'services'])(
    'refuses %p',
    (cidr) => {
      expect(() => firstServiceAddress(cidr)).toThrow(
        expect.objectContaining({ code: 'ServiceCIDRInvalid' }),
      );
    },
  );
});

describe('subjectAltNames', () => {
  it('writes each name once, lower-case, and addresses in their shortest form', () => {
    expect(
      subjectAltNames(['API.Example', 'api.example', '*.etcd.ns.svc'], ['0:0:0:0:0:0:0:1', '::1']),
    ).toEqual(['DNS:api.example', 'DNS:*.etcd.ns.svc', 'IP:::1']);
  });

  it.each([
    '',
    'a b',
    '-a.example',
    'a..b',
    'a.*.b',
    '*',
    'ä.example',
    'a'.repeat(64),
    'https://a.example',
    '10.0.0.1:443',
    '10.0.0.1',
  ])('refuses %p as a DNS name', (name) => {
    expect(() => subjectAltNames([name])).toThrow(expect.objectContaining({ code: 'SubjectAltNameInvalid' }));
  });

  it.each(['', '10.0.0', '10.0.0.256', '0x7f000001', 'fe80::1%eth0', 'api.example'])(
    'refuses %p as an address',
    (ip) => {
      expect(() => canonicalAddress(ip)).toThrow(expect.objectContaining({ code: 'SubjectAltNameInvalid' }));
    },
  );
});

it('compares names without regard to order', () => {
  expect(sameNames(['a', 'b'], ['b', 'a'])).toBe(true);
  expect(sameNames(['a'], ['a', 'b'])).toBe(false);
});
