import { describe, expect, it } from '@jest/globals';
import { NOW, sourceAt } from '../../test/support/pki.js';
import { authorityData, createAuthority } from './authority.js';
import { decideLoss, findAuthority, findServiceAccountKeys, type LossInput } from './loss.js';
import { createServiceAccountKeys } from './service-account.js';

const source = sourceAt(NOW);

describe('the rule for lost authorities', () => {
  const usable = { state: 'usable', fingerprint: 'sha256:aa' } as const;
  const absent = { state: 'absent' } as const;
  const unusable = { state: 'unusable', message: 'the certificate is not readable PEM' } as const;

  it.each<[string, Omit<LossInput, 'name'>, string]>([
    ['a new cluster gets a new one', { found: absent, initialized: false }, 'create'],
    [
      'one lost before the first start is made again',
      { found: absent, initialized: false, recorded: 'sha256:aa' },
      'create',
    ],
    ['one that somebody brought is used', { found: usable, initialized: false }, 'use'],
    [
      'one brought in place of the first is used before the start',
      { found: usable, initialized: false, recorded: 'sha256:bb' },
      'use',
    ],
    ['the recorded one is used', { found: usable, initialized: true, recorded: 'sha256:aa' }, 'use'],
    ['one is used when the status was not restored', { found: usable, initialized: true }, 'use'],
    [
      'a lost one of a running cluster',
      { found: absent, initialized: true, recorded: 'sha256:aa' },
      'AuthorityLost',
    ],
    ['a lost one of which nothing was recorded', { found: absent, initialized: true }, 'AuthorityLost'],
    [
      'another one in a running cluster',
      { found: usable, initialized: true, recorded: 'sha256:bb' },
      'AuthorityReplaced',
    ],
    [
      'a broken one of a running cluster',
      { found: unusable, initialized: true, recorded: 'sha256:aa' },
      'AuthorityUnusable',
    ],
    ['a broken one of a new cluster', { found: unusable, initialized: false }, 'AuthorityUnusable'],
  ])('%s', (_, input, outcome) => {
    const decision = decideLoss({ name: 'etcd-ca', ...input });
    expect(decision.action === 'refuse' ? decision.code : decision.action).toBe(outcome);
    if (decision.action === 'refuse') {
      expect(`${decision.message} ${decision.next}`).toContain('Secret etcd-ca');
    }
  });
});

describe('what a Secret is found to hold', () => {
  it('is a usable authority with its fingerprint', async () => {
    const authority = await createAuthority('etcd-ca', source);
    const { fingerprint } = authority.certificate;
    expect(findAuthority({ ...authorityData(authority) })).toEqual({ state: 'usable', fingerprint });
  });

  it('is unusable without its key, with another one’s key, and when it cannot be read', async () => {
    const data = authorityData(await createAuthority('ca', source));
    const other = authorityData(await createAuthority('ca', source));
    expect(findAuthority({ 'tls.crt': data['tls.crt'] })).toMatchObject({ state: 'unusable' });
    expect(findAuthority({ ...data, 'tls.key': other['tls.key'] })).toMatchObject({ state: 'unusable' });
    expect(findAuthority({ ...data, 'tls.crt': 'rubbish' })).toMatchObject({ state: 'unusable' });
    expect(findAuthority(undefined)).toEqual({ state: 'absent' });
  });

  it('is a usable service-account pair, also with older public keys behind the current one', async () => {
    const keys = await createServiceAccountKeys(source);
    const older = await createServiceAccountKeys(source);
    const found = findServiceAccountKeys({ ...keys });
    expect(found).toMatchObject({
      state: 'usable',
      fingerprint: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
    });
    expect(findServiceAccountKeys({ ...keys, 'sa.pub': `${keys['sa.pub']}${older['sa.pub']}` })).toEqual(
      found,
    );
    expect(findServiceAccountKeys({ ...keys, 'sa.pub': older['sa.pub'] })).toMatchObject({
      state: 'unusable',
    });
    expect(findServiceAccountKeys({ 'sa.pub': keys['sa.pub'] })).toMatchObject({ state: 'unusable' });
  });
});
