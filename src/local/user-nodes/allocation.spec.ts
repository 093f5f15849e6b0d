import { describe, expect, it } from '@jest/globals';
import { chooseNames, freeNumber } from './allocation.js';

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
