import { describe, expect, it } from '@jest/globals';
import { networkProblems } from './network.js';

const network = (changes: { podCIDR?: string; serviceCIDR?: string } = {}) => ({
  podCIDR: '10.244.0.0/16',
  serviceCIDR: '10.96.0.0/16',
  clusterDomain: 'cluster.local',
  ...changes,
});

const found = (changes: Parameters<typeof network>[0]) =>
  networkProblems(network(changes)).map(({ path, code }) => `${path} ${code}`);

describe('networks of a cluster', () => {
  it('are good by default', () => {
    expect(networkProblems(network())).toEqual([]);
  });

  it.each(['10.0.0.0/12', '10.96.0.0/24'])('Services may have %s', (serviceCIDR) => {
    expect(found({ serviceCIDR })).toEqual([]);
  });

  it.each(['10.0.0.0/11', '10.96.0.0/25', '10.96.0.4/30'])('Services may not have %s', (serviceCIDR) => {
    expect(found({ serviceCIDR })).toEqual(['spec.network.serviceCIDR CIDRSize']);
  });

  it.each(['10.244.0.0/21', '10.244.0.0/24'])('pods may not have %s: too few nodes', (podCIDR) => {
    expect(found({ podCIDR })).toEqual(['spec.network.podCIDR CIDRSize']);
  });

  it.each(['300.0.0.0/16', '10.0.0.0/33', '10.0.0/16', '10.0.0.0', 'fd00::/108'])(
    '%s is no network',
    (podCIDR) => {
      expect(found({ podCIDR })).toEqual(['spec.network.podCIDR CIDRInvalid']);
    },
  );

  it('name the network when an address inside it is given', () => {
    const [problem] = networkProblems(network({ podCIDR: '10.244.7.1/16' }));
    expect(problem).toMatchObject({
      code: 'CIDRInvalid',
      message: expect.stringContaining('Write 10.244.0.0/16.'),
    });
  });

  it.each(['127.0.0.0/16', '169.254.0.0/20', '224.0.0.0/12', '0.0.0.0/8'])('%s is reserved', (podCIDR) => {
    expect(found({ podCIDR })).toEqual(['spec.network.podCIDR CIDRReserved']);
  });

  it.each([
    ['10.0.0.0/8', '10.96.0.0/16'],
    ['10.96.0.0/16', '10.96.0.0/16'],
    ['10.96.16.0/20', '10.96.0.0/12'],
  ])('pods in %s and Services in %s overlap', (podCIDR, serviceCIDR) => {
    expect(found({ podCIDR, serviceCIDR })).toEqual(['spec.network.serviceCIDR CIDROverlap']);
  });
});
