import { describe, expect, it } from '@jest/globals';
import type { ControlPlaneVersion, ControlPlaneVersionSpec } from '../model/control-plane-version.js';
import { availableUpgrades, channelAt, defaultVersion, findUsableVersion, findVersion } from './catalogue.js';

const now = new Date('2026-11-21T00:00:00Z');
const entry = (
  kubernetesVersion: string,
  channel: ControlPlaneVersionSpec['channel'] = 'supported',
  expiresAt?: string,
): ControlPlaneVersion => ({
  apiVersion: 'berth.dev/v1alpha1',
  kind: 'ControlPlaneVersion',
  metadata: { name: `v${kubernetesVersion}` },
  spec: {
    kubernetesVersion,
    channel,
    expiresAt,
    etcdVersion: '3.6.16',
    images: { etcd: 'e', kubeApiserver: 'a', kubeControllerManager: 'c', kubeScheduler: 's' },
  },
});

const catalogue = [
  entry('1.37.0', 'preview'),
  entry('1.36.3'),
  entry('1.35.4', 'deprecated', '2027-02-28T00:00:00Z'),
  entry('1.34.4', 'deprecated', '2026-10-27T00:00:00Z'),
  entry('1.33.9', 'expired'),
];

describe('upgrades that can be had', () => {
  it('are supported patches of this minor and the next, newest first', () => {
    const more = [...catalogue, entry('1.36.4'), entry('1.37.1'), entry('1.38.0')];
    expect(availableUpgrades(more, '1.36.3', now)).toEqual(['1.37.1', '1.36.4']);
    expect(availableUpgrades(more, '1.37.1', now)).toEqual(['1.38.0']);
    expect(availableUpgrades(more, '1.38.0', now)).toEqual([]);
  });
});

describe('the version catalogue', () => {
  it('moves a deprecated version to expired by itself', () => {
    expect(catalogue.map(({ spec }) => channelAt(spec, now))).toEqual([
      'preview',
      'supported',
      'deprecated',
      'expired',
      'expired',
    ]);
  });

  it.each(['1.37.0', '1.36.3', '1.35.4'])('offers %s to new clusters', (version) => {
    expect(findUsableVersion(catalogue, version, now).metadata.name).toBe(`v${version}`);
  });

  it.each(['1.34.4', '1.33.9'])('refuses %s to new clusters, and says which to take', (version) => {
    expect(() => findUsableVersion(catalogue, version, now)).toThrow(
      expect.objectContaining({
        code: 'VersionExpired',
        status: 422,
        next: 'Take one of 1.35.4, 1.36.3, 1.37.0.',
        fields: [expect.objectContaining({ path: 'spec.version' })],
      }),
    );
  });

  it('still finds an expired version for the clusters that run it', () => {
    expect(findVersion(catalogue, '1.33.9').spec.channel).toBe('expired');
  });

  it('refuses a version it does not have', () => {
    expect(() => findVersion(catalogue, '1.36.9')).toThrow(
      expect.objectContaining({ code: 'VersionUnknown' }),
    );
    expect(() => findVersion([], '1.36.9')).toThrow(
      expect.objectContaining({ next: 'Add a ControlPlaneVersion to the catalogue.' }),
    );
  });

  describe('chooses for who names no version', () => {
    const present = (version: ControlPlaneVersion): ControlPlaneVersion => ({
      ...version,
      status: {
        conditions: [
          {
            type: 'ImagesPresent',
            status: 'True',
            reason: 'Imported',
            message: '',
            lastTransitionTime: '2026-11-21T00:00:00Z',
          },
        ],
      },
    });
    const supported = [entry('1.36.3'), entry('1.36.10'), entry('1.35.4')];

    it('the newest supported one, by number', () => {
      expect(defaultVersion([...catalogue, ...supported])).toBe('1.36.10');
    });

    it('the newest of those whose images are there, where that is told', () => {
      expect(defaultVersion([...supported, present(entry('1.36.5')), present(entry('1.34.0'))])).toBe(
        '1.36.5',
      );
    });

    it('none that is not supported, though its images are there', () => {
      expect(defaultVersion([present(entry('1.37.0', 'preview')), entry('1.36.3')])).toBe('1.36.3');
      expect(() => defaultVersion([entry('1.37.0', 'preview')])).toThrow(
        expect.objectContaining({ code: 'NoVersion' }),
      );
    });
  });
});
