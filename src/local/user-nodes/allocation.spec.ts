import { describe, expect, it } from '@jest/globals';
import { chooseNames, freeNumber, refuseTakenNetwork } from './allocation.js';

const demo = { name: 'demo' };
const hosts = [
  { name: 'demo-1', cluster: 'demo' },
  { name: 'demo-3', cluster: 'demo' },
];

describe(chooseNames.name, () => {
  it("gives the cluster's name with the lowest free numbers", () => {
    expect(chooseNames({ cluster: demo, count: 2 }, hosts)).toEqual(['demo-2', 'demo-4']);
  });

  it('takes the name that was asked for', () => {
    expect(chooseNames({ cluster: demo, count: 1, name: 'worker' }, hosts)).toEqual(['worker']);
  });

  it('says whose a taken name is', () => {
    const wanted = { cluster: { name: 'shop' }, count: 1, name: 'demo-1' };
    expect(() => chooseNames(wanted, hosts)).toThrow('a node of cluster demo');
  });

  it.each(['meta', 'A', '-a', 'a.b', '../x', 'a'.repeat(64)])('refuses %j', (name) => {
    expect(() => chooseNames({ cluster: demo, count: 1, name }, [])).toThrow('cannot be the name');
  });
});

describe(refuseTakenNetwork.name, () => {
  const others = [{ cluster: 'shop', podCIDR: '10.244.0.0/16' }];

  it('lets nodes of one cluster share its network', () => {
    expect(() =>
      refuseTakenNetwork({ cluster: { name: 'shop', podCIDR: '10.244.0.0/16' } }, others),
    ).not.toThrow();
    expect(() =>
      refuseTakenNetwork({ cluster: { name: 'demo', podCIDR: '10.192.0.0/18' } }, others),
    ).not.toThrow();
  });

  it('says whose pods would be mistaken', () => {
    const cluster = { name: 'demo', podCIDR: '10.244.128.0/18' };
    expect(() => refuseTakenNetwork({ cluster }, others)).toThrow('overlaps that of shop');
  });
});

describe(freeNumber.name, () => {
  it('begins after the machine and the node of the meta-cluster', () => {
    expect(freeNumber([])).toBe(3);
    expect(freeNumber([3, 5])).toBe(4);
  });

  it('ends with the network', () => {
    const all = Array.from({ length: 250 }, (_, index) => index + 1);
    expect(() => freeNumber(all)).toThrow('All 250 addresses');
  });
});
