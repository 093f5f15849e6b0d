import { describe, expect, it } from '@jest/globals';
import type { Cluster } from '../../model/cluster.js';
import { PodNetworks } from './pod-networks.js';

const withNetwork = (podCIDR: string) => ({ spec: { network: { podCIDR } } }) as Cluster;

describe(PodNetworks.name, () => {
  const pool = { pool: '10.192.0.0/10', bits: 18 };

  it('gives the usual one without a pool', () => {
    expect(new PodNetworks({ bits: 18 }).take([]).cidr).toBe('10.244.0.0/16');
  });

  it('gives what no cluster has, however its network came about', () => {
    const clusters = [withNetwork('10.192.0.0/18'), withNetwork('10.192.64.0/19')];
    expect(new PodNetworks(pool).take(clusters).cidr).toBe('10.192.128.0/18');
  });

  it('gives two that are created at the same time different ones', () => {
    const networks = new PodNetworks(pool);
    const first = networks.take([]);
    expect(networks.take([]).cidr).not.toBe(first.cidr);
    first[Symbol.dispose]();
    expect(networks.take([]).cidr).toBe(first.cidr);
  });

  it('says when there is none left, but not to who names one', () => {
    const networks = new PodNetworks({ pool: '10.0.0.0/20', bits: 20 });
    const clusters = [withNetwork('10.0.0.0/16')];
    expect(() => networks.take(clusters)).toThrow('All pod networks of 10.0.0.0/20');
    expect(networks.take(clusters, '10.1.0.0/16').cidr).toBe('10.1.0.0/16');
  });
});
