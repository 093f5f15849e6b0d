import { describe, expect, it } from '@jest/globals';
import { COUNTED_GROUP, type JoinToken } from '../join-token.js';
import { countedTokenOf, refuseJoining } from './counted-token.js';
import { refuseKubeletServing, type ServingFacts } from './kubelet-serving.js';
import type { CertificateRequest } from './policy.js';

const subject = {
  commonName: 'system:node:n1',
  organizations: ['system:nodes'],
  dnsNames: ['n1'],
  ips: ['10.0.0.11'],
  otherNames: [],
};

const serving: CertificateRequest = {
  username: 'system:node:n1',
  groups: ['system:nodes', 'system:authenticated'],
  usages: ['digital signature', 'server auth'],
  subject,
};

const names = (dnsNames: string[], ips: string[]) => ({ dnsNames: new Set(dnsNames), ips: new Set(ips) });

const facts: ServingFacts = {
  own: names(['n1', 'kubernetes', 'n2'], ['10.0.0.11', '10.0.0.1', '10.96.0.7', '127.0.0.1', '10.0.0.12']),
  others: names(['n2'], ['10.0.0.12']),
  reserved: { ...names(['kubernetes'], ['10.0.0.1']), serviceCIDR: '10.96.0.0/16' },
};

describe(refuseKubeletServing.name, () => {
  it('lets a kubelet have its own names and addresses', () => {
    expect(refuseKubeletServing(serving, facts)).toBeUndefined();
    expect(
      refuseKubeletServing({ ...serving, usages: ['key encipherment', ...serving.usages] }, facts),
    ).toBeUndefined();
  });

  it.each<[string, string, Partial<CertificateRequest>]>([
    ['WrongUsage', 'it would serve as a client too', { usages: ['server auth', 'client auth'] }],
    ['WrongUsage', 'it would not serve', { usages: ['digital signature'] }],
    ['NotANode', 'it is for somebody else', { subject: { ...subject, commonName: 'admin' } }],
    ['NotANode', 'it is for a node without a name', { subject: { ...subject, commonName: 'system:node:' } }],
    [
      'WrongOrganization',
      'it would be of a group with more rights',
      { subject: { ...subject, organizations: ['system:nodes', 'system:masters'] } },
    ],
    ['NotItsOwn', 'another node asks', { username: 'system:node:n2' }],
    ['NotItsOwn', 'a machine asks that is no node yet', { username: 'system:bootstrap:abcdef', groups: [] }],
    ['WrongName', 'it names a URI', { subject: { ...subject, otherNames: ['spiffe://x'] } }],
    ['NoName', 'it names nothing', { subject: { ...subject, dnsNames: [], ips: [] } }],
    ['NotItsAddress', 'the Node has no such address', { subject: { ...subject, ips: ['10.0.0.99'] } }],
    ['NotItsAddress', 'the Node has no such name', { subject: { ...subject, dnsNames: ['db.example'] } }],
    [
      'AddressOfAnother',
      'it is the address of another node',
      { subject: { ...subject, ips: ['10.0.0.12'] } },
    ],
    ['AddressOfAnother', 'it is the name of another node', { subject: { ...subject, dnsNames: ['n2'] } }],
    ['ReservedName', 'it is the address of the masters', { subject: { ...subject, ips: ['10.0.0.1'] } }],
    ['ReservedName', 'it is the name of the masters', { subject: { ...subject, dnsNames: ['kubernetes'] } }],
    ['ReservedName', 'it is the address of a Service', { subject: { ...subject, ips: ['10.96.0.7'] } }],
    ['ReservedName', 'it is loopback', { subject: { ...subject, ips: ['127.0.0.1'] } }],
  ])('refuses with %s when %s', (reason, _why, change) => {
    expect(refuseKubeletServing({ ...serving, ...change }, facts)).toMatchObject({ reason });
  });

  it('refuses while there is no Node', () => {
    expect(refuseKubeletServing(serving, { ...facts, own: undefined })).toMatchObject({
      reason: 'NodeNotFound',
    });
  });
});

describe(refuseJoining.name, () => {
  const token: JoinToken = { id: 'abcdef', usageLimit: 2, usedBy: ['n7'] };
  const joining: CertificateRequest = {
    username: 'system:bootstrap:abcdef',
    groups: ['system:bootstrappers', COUNTED_GROUP],
    usages: ['digital signature', 'client auth'],
    subject: { ...subject, dnsNames: [], ips: [] },
  };

  it('knows the token that a machine used', () => {
    expect(countedTokenOf(joining)).toBe('abcdef');
    expect(countedTokenOf({ ...joining, groups: ['system:bootstrappers'] })).toBeUndefined();
    expect(countedTokenOf({ ...joining, username: 'system:node:n1' })).toBeUndefined();
  });

  it('lets machines join until the limit, and one that joined come again', () => {
    expect(refuseJoining(joining, token)).toBeUndefined();
    expect(refuseJoining(joining, { ...token, usedBy: ['n7', 'n1'] })).toBeUndefined();
    expect(refuseJoining(joining, { ...token, usedBy: ['n7', 'n8'] })).toMatchObject({
      reason: 'UsageLimitReached',
    });
  });

  it('refuses when the token is gone, and what is no client certificate of a node', () => {
    expect(refuseJoining(joining, undefined)).toMatchObject({ reason: 'TokenGone' });
    expect(refuseJoining({ ...joining, usages: ['server auth'] }, token)).toMatchObject({
      reason: 'WrongUsage',
    });
    expect(refuseJoining({ ...joining, subject }, token)).toMatchObject({ reason: 'WrongName' });
  });
});
