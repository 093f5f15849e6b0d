import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { networkProblems } from './network.js';

/** Networks of 10.0.0.0/8 by their place and size, which alone decide what is right. */
const network = (least: number, most: number) =>
  fc
    .integer({ min: least, max: most })
    .chain((prefix) =>
      fc
        .integer({ min: 0, max: 2 ** (prefix - 8) - 1 })
        .map((index) => ({ prefix, first: index * 2 ** (32 - prefix) })),
    );

const print = ({ prefix, first }: { prefix: number; first: number }) =>
  `10.${[16, 8, 0].map((shift) => Math.floor(first / 2 ** shift) % 256).join('.')}/${prefix}`;

describe('networks of a cluster', () => {
  it('of allowed sizes are refused exactly when they share an address', () => {
    fc.assert(
      fc.property(network(8, 20), network(12, 24), (pods, services) => {
        const end = ({ prefix, first }: typeof pods) => first + 2 ** (32 - prefix);
        const shared = pods.first < end(services) && services.first < end(pods);
        const problems = networkProblems({
          podCIDR: print(pods),
          serviceCIDR: print(services),
          clusterDomain: 'cluster.local',
        });
        expect(problems.map(({ code }) => code)).toEqual(shared ? ['CIDROverlap'] : []);
      }),
    );
  });

  it('never make the check throw, whatever is written', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (podCIDR, serviceCIDR) => {
        networkProblems({ podCIDR, serviceCIDR, clusterDomain: 'cluster.local' });
      }),
    );
  });
});
