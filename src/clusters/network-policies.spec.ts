import { describe, expect, it } from '@jest/globals';
import { networkPolicyCondition } from './network-policies.js';

const policy = (name: string) => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: { name, namespace: 'shop' },
});

describe(networkPolicyCondition.name, () => {
  it('is content while there are none', () => {
    expect(networkPolicyCondition([], undefined)).toMatchObject({ status: 'True', reason: 'NoPolicies' });
  });

  it('names those that have no effect', () => {
    expect(networkPolicyCondition([policy('b'), policy('a')], { type: 'flannel' })).toMatchObject({
      status: 'False',
      reason: 'NotEnforced',
      message: 'flannel enforces no NetworkPolicies; 2 without effect: shop/a, shop/b',
    });
  });

  it('does not name hundreds', () => {
    const many = Array.from({ length: 200 }, (_, index) => policy(`p${index}`));
    expect(networkPolicyCondition(many, undefined).message.length).toBeLessThan(150);
  });

  it('knows nothing of a CNI that somebody else installed', () => {
    expect(networkPolicyCondition([policy('a')], { type: 'none' })).toMatchObject({
      status: 'Unknown',
      reason: 'OwnCNI',
    });
  });
});
