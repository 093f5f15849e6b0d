import { describe, expect, it } from '@jest/globals';
import { CLUSTER_ADMINS, USER_TTL_SECONDS, userProfile } from './user.js';

describe('the certificate of a person', () => {
  it('is an administrator’s for eight hours unless told', () => {
    expect(userProfile({ name: 'alice@example.com' })).toEqual({
      commonName: 'alice@example.com',
      organizations: [CLUSTER_ADMINS],
      usages: ['clientAuth'],
      subjectAltNames: [],
      ttlSeconds: 8 * 3600,
    });
  });

  it('takes the groups and the life it is given', () => {
    const profile = userProfile({ name: 'bob', groups: ['viewers', 'dev'], ttlSeconds: 600 });
    expect(profile).toMatchObject({ organizations: ['viewers', 'dev'], ttlSeconds: 600 });
  });

  it.each([
    'system:kube-controller-manager',
    'system:node:n1',
    'berth:control-plane',
    'kube-apiserver-kubelet-client',
    'front-proxy-client',
    '',
    ' alice',
    'ali\nce',
    'a'.repeat(254),
  ])('cannot be had in the name %j', (name) => {
    expect(() => userProfile({ name })).toThrow(
      expect.objectContaining({
        code: 'UserIdentityInvalid',
        status: 422,
        fields: [expect.objectContaining({ path: 'name' })],
      }),
    );
  });

  it.each(['system:masters', 'system:nodes', 'berth:x', ''])('cannot be had in the group %j', (group) => {
    expect(() => userProfile({ name: 'alice', groups: [group] })).toThrow(
      expect.objectContaining({ fields: [expect.objectContaining({ path: 'groups' })] }),
    );
  });

  it.each([0, 599, 3600.5, Number.NaN, USER_TTL_SECONDS.max + 1])('cannot live %p seconds', (ttlSeconds) => {
    expect(() => userProfile({ name: 'alice', ttlSeconds })).toThrow(
      expect.objectContaining({ fields: [expect.objectContaining({ path: 'ttlSeconds' })] }),
    );
  });

  it('is refused with all that is wrong at once', () => {
    expect(() => userProfile({ name: '', groups: ['system:masters'], ttlSeconds: 1 })).toThrow(
      /name must be.*groups must not.*ttlSeconds must be/,
    );
  });
});
