import { describe, expect, it } from '@jest/globals';
import { parseAllDocuments } from 'yaml';
import { networkPlan } from '../network/plan.js';
import { metaHost } from '../parts.js';
import { dataDir } from '../paths.js';
import { kubeadmConfig } from './kubeadm-config.js';

describe('kubeadmConfig', () => {
  const plan = networkPlan(3);
  const text = kubeadmConfig(metaHost(dataDir('/data'), plan), plan, '1.36.3', '/patches');
  const documents = parseAllDocuments(text).map((document) => document.toJS() as { kind: string });
  const document = (kind: string): object => documents.find((each) => each.kind === kind) ?? {};

  it('puts the API server on the address of its host, never of the machine', () => {
    expect(document('InitConfiguration')).toMatchObject({
      localAPIEndpoint: { advertiseAddress: '10.131.0.2' },
    });
    expect(document('ClusterConfiguration')).toMatchObject({ controlPlaneEndpoint: '10.131.0.2:6443' });
  });

  it('keeps to the networks of the installation', () => {
    expect(document('ClusterConfiguration')).toMatchObject({
      networking: { podSubnet: '10.131.64.0/18', serviceSubnet: '10.131.16.0/20' },
    });
  });

  it('has nobody elected where there is one of each', () => {
    const alone = { extraArgs: expect.arrayContaining([{ name: 'leader-elect', value: 'false' }]) };
    expect(document('ClusterConfiguration')).toMatchObject({ controllerManager: alone, scheduler: alone });
  });

  it('keeps the kubelet in its own cgroups and its images for ever', () => {
    expect(document('KubeletConfiguration')).toMatchObject({
      cgroupRoot: '/berth3/meta',
      imageGCHighThresholdPercent: 100,
    });
  });
});
