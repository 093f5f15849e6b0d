import { describe, expect, it } from '@jest/globals';
import {
  type Claim,
  PROVISIONER,
  type StorageClass,
  type Volume,
  isAbandoned,
  needsVolume,
  volumeFor,
} from './persistent-volume.js';

const ours: StorageClass = {
  apiVersion: 'storage.k8s.io/v1',
  kind: 'StorageClass',
  metadata: { name: 'berth-local' },
  provisioner: PROVISIONER,
  reclaimPolicy: 'Delete',
};
const claim: Claim = {
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { name: 'data', namespace: 'shop', uid: 'u1' },
  spec: {
    storageClassName: 'berth-local',
    accessModes: ['ReadWriteOnce'],
    resources: { requests: { storage: '2Gi' } },
  },
};

describe('needsVolume', () => {
  it('serves a claim of our class', () => expect(needsVolume(claim, ours)).toBe(true));

  it.each<[string, Claim, StorageClass | undefined]>([
    ['of another provisioner', claim, { ...ours, provisioner: 'example.com/nfs' }],
    ['without a class', claim, undefined],
    ['that has a volume', { ...claim, spec: { ...claim.spec, volumeName: 'pvc-1' } }, ours],
    ['on its way out', { ...claim, metadata: { ...claim.metadata, deletionTimestamp: 'now' } }, ours],
  ])('leaves a claim %s alone', (_what, other, storageClass) => {
    expect(needsVolume(other, storageClass)).toBe(false);
  });
});

describe('volumeFor', () => {
  it('reserves a directory of one node for the very claim', () => {
    const volume = volumeFor(claim, ours, '/volumes/pvc-u1', 'meta');
    expect(volume).toMatchObject({
      metadata: { name: 'pvc-u1' },
      spec: {
        capacity: { storage: '2Gi' },
        claimRef: { namespace: 'shop', name: 'data', uid: 'u1' },
        local: { path: '/volumes/pvc-u1' },
      },
    });
    expect(JSON.stringify(volume.spec?.nodeAffinity)).toContain('"values":["meta"]');
  });
});

describe('isAbandoned', () => {
  const released: Volume = {
    ...volumeFor(claim, ours, '/volumes/pvc-u1', 'meta'),
    status: { phase: 'Released' },
  };

  it('takes back a volume of ours whose claim is gone', () => expect(isAbandoned(released)).toBe(true));

  it.each<[string, Volume]>([
    ['in use', { ...released, status: { phase: 'Bound' } }],
    ['to be kept', { ...released, spec: { ...released.spec, persistentVolumeReclaimPolicy: 'Retain' } }],
    ['of somebody else', { ...released, metadata: { name: 'nfs' } }],
  ])('leaves a volume %s alone', (_what, volume) => expect(isAbandoned(volume)).toBe(false));
});
