import { beforeAll, describe, expect, it } from '@jest/globals';
import { createAuthorities, DAY, issueAll, NOW, pkiInput, sourceAt } from '../../test/support/pki.js';
import { type CertificateEntry, certificates, certificatesFor, type PkiInput } from './certificates.js';
import { renewalNeeded, renewalTime } from './renewal.js';
import { type Authorities, issueSecret } from './secrets.js';

let authorities: Authorities;
let secrets: Map<string, Record<string, string>>;
beforeAll(async () => {
  authorities = await createAuthorities(sourceAt(NOW));
  secrets = await issueAll(pkiInput, authorities, sourceAt(NOW));
});

function entryOf(secret: string): CertificateEntry {
  const entry = certificates.find((candidate) => candidate.secret === secret);
  if (!entry) throw new Error(`no entry ${secret}`);
  return entry;
}

interface Changes {
  input?: PkiInput;
  found?: Partial<Record<string, string>>;
  entry?: Partial<CertificateEntry>;
  now?: number;
  authorities?: Authorities;
}

function check(secret: string, changes: Changes = {}): string | undefined {
  return renewalNeeded({
    entry: { ...entryOf(secret), ...changes.entry },
    input: changes.input ?? pkiInput,
    authorities: changes.authorities ?? authorities,
    found: { ...secrets.get(secret), ...changes.found },
    now: changes.now ?? NOW,
  })?.reason;
}

describe('renewal', () => {
  it('is not needed for what was just issued', () => {
    for (const { secret } of certificatesFor(pkiInput))
      expect([secret, check(secret)]).toEqual([secret, undefined]);
  });

  it('is needed when the Secret or a part of it is missing', () => {
    const entry = entryOf('apiserver-tls');
    const absent = { entry, input: pkiInput, authorities, found: undefined, now: NOW };
    expect(renewalNeeded(absent)).toEqual({ reason: 'Missing', message: 'there is no Secret' });
    expect(check('apiserver-tls', { found: { 'tls.key': undefined } })).toBe('Missing');
    expect(check('apiserver-tls', { found: { 'tls.crt': '' } })).toBe('Missing');
  });

  it('is needed when the Secret was changed by hand', () => {
    const other = secrets.get('front-proxy-client');
    expect(check('apiserver-tls', { found: { 'tls.crt': 'rubbish' } })).toBe('Unreadable');
    expect(check('apiserver-tls', { found: { 'tls.key': 'rubbish' } })).toBe('Unreadable');
    expect(check('apiserver-tls', { found: { 'tls.key': other?.['tls.key'] } })).toBe('KeyMismatch');
    expect(check('apiserver-tls', { found: other })).toBe('WrongIssuer');
    expect(check('apiserver-etcd-client', { found: secrets.get('etcd-healthcheck-client') })).toBe(
      'SubjectDiffers',
    );
    expect(check('scheduler-kubeconfig', { found: { kubeconfig: 'rubbish' } })).toBe('KubeconfigDiffers');
    expect(check('berth-admin-kubeconfig', { found: { kubeconfig: undefined } })).toBe('KubeconfigDiffers');
  });

  it('is needed after the authority was replaced by one of the same name', async () => {
    const replaced = await createAuthorities(sourceAt(NOW));
    for (const { secret } of certificatesFor(pkiInput)) {
      expect([secret, check(secret, { authorities: replaced })]).toEqual([secret, 'WrongIssuer']);
    }
  });

  it('is needed when the API server gets another name, and says which', () => {
    const input = { ...pkiInput, hostnames: ['new.example'], ips: ['192.0.2.10', '2001:DB8:0::10'] };
    expect(check('apiserver-tls', { input })).toBe('SubjectAltNamesDiffer');
    const renewal = renewalNeeded({
      entry: entryOf('apiserver-tls'),
      input,
      authorities,
      found: secrets.get('apiserver-tls'),
      now: NOW,
    });
    expect(renewal?.message).toBe('names to add and drop: +DNS:new.example -DNS:demo.berth.example');
  });

  it('is needed for etcd alone when it grows', () => {
    const input = { ...pkiInput, etcdReplicas: 3 };
    const due = certificatesFor(input).filter(({ secret }) => check(secret, { input }) !== undefined);
    expect(due.map(({ secret }) => secret)).toEqual(['etcd-server', 'etcd-peer']);
  });

  it('is needed when the table asks for other groups or usages', () => {
    expect(check('front-proxy-client', { entry: { organizations: ['x'] } })).toBe('SubjectDiffers');
    expect(check('front-proxy-client', { entry: { usages: ['serverAuth'] } })).toBe('UsagesDiffer');
  });

  it.each([
    ['a year', 'apiserver-tls', 335],
    ['thirty days', 'berth-admin-kubeconfig', 20],
  ])('of a certificate for %s is due in time', (_, secret, days) => {
    expect(check(secret, { now: NOW + days * DAY - 600_000 })).toBeUndefined();
    expect(check(secret, { now: NOW + days * DAY })).toBe('Expiring');
    expect(check(secret, { now: NOW + 366 * DAY })).toBe('Expired');
  });

  it('of a certificate for an hour is due after two thirds', () => {
    const hour = { notBefore: new Date(NOW), notAfter: new Date(NOW + 3600_000) };
    expect(renewalTime(hour)).toEqual(new Date(NOW + 2400_000));
  });

  it('makes the Secret good again', async () => {
    const later = NOW + 340 * DAY;
    const entry = entryOf('controller-manager-kubeconfig');
    const { data } = await issueSecret(entry, pkiInput, authorities, sourceAt(later));
    expect(check(entry.secret, { found: data, now: later })).toBeUndefined();
  });
});
