import { describe, expect, it } from '@jest/globals';
import { assert, integer, pre, property } from 'fast-check';
import ipaddr from 'ipaddr.js';
import { MAX_NETWORKS, networkPlan, nodeLink } from './plan.js';

const index = integer({ min: 0, max: MAX_NETWORKS - 1 });
const within = (address: string, cidr: string): boolean =>
  ipaddr.IPv4.parse(address).match(ipaddr.IPv4.parseCIDR(cidr));

describe('networkPlan', () => {
  it('keeps installations apart', () => {
    assert(
      property(index, index, (one, other) => {
        pre(one !== other);
        const [a, b] = [networkPlan(one), networkPlan(other)];
        for (const cidr of [b.nodeCIDR, b.serviceCIDR, b.podCIDR]) {
          expect(within(cidr.split('/')[0] ?? '', a.cidr)).toBe(false);
        }
        expect(a.bridge).not.toBe(b.bridge);
      }),
    );
  });

  it('keeps nodes, services and pods of one installation apart and inside of it', () => {
    assert(
      property(index, (at) => {
        const plan = networkPlan(at);
        const parts = [plan.nodeCIDR, plan.serviceCIDR, plan.podCIDR];
        for (const part of parts) {
          const [base = ''] = part.split('/');
          expect(within(base, plan.cidr)).toBe(true);
          expect(parts.filter((other) => within(base, other))).toEqual([part]);
        }
      }),
    );
  });

  it('gives every host an address and an interface of its own, short enough for the kernel', () => {
    const host = integer({ min: 2, max: 250 });
    assert(
      property(index, host, host, (at, one, other) => {
        pre(one !== other);
        const plan = networkPlan(at);
        const [a, b] = [nodeLink(plan, 'a', one), nodeLink(plan, 'b', other)];
        expect(within(a.address, plan.nodeCIDR)).toBe(true);
        expect(a.address).not.toBe(b.address);
        expect(a.hostInterface).not.toBe(b.hostInterface);
        expect(a.hostInterface.length).toBeLessThanOrEqual(15);
      }),
    );
  });
});
