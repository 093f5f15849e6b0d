import { describe, expect, it } from '@jest/globals';
import type { ExportRecord } from '../../backup/export-records.js';
import { batches } from './imported-records.js';
import { type Destination, isOfTenant, objectOf, ownerOf } from './record-objects.js';

const to: Destination = {
  cluster: 'copy',
  namespace: 'berth-c-copy',
  tenant: 'default',
  tenantNamespace: 'berth-t-default',
};
const origin = { 'berth.dev/origin': '01234567-89ab 2026-01-02T03:04:05Z 4' };
const named = (name: string) => ({ name, labels: { 'berth.dev/cluster': 'demo' }, annotations: origin });
const template = { name: 'shop', version: 1 };
const instance = { application: 'shop', namespace: 'shop', template };
const release: ExportRecord = {
  kind: 'Release',
  metadata: named('shop.web.1'),
  spec: {
    instance: 'shop',
    service: 'web',
    revision: 1,
    action: 'Deploy',
    inputs: { template },
    digest: '',
    objects: [],
    conflicts: 'refuse',
    adopt: false,
    cause: { user: 'anna' },
  },
  status: { phase: 'Published' },
};
const operation = (name: string): ExportRecord => ({
  kind: 'Operation',
  metadata: named(name),
  spec: { type: 'Update', cluster: 'demo', cause: { user: 'anna' } },
  status: { state: 'Succeeded', startedAt: '2026-01-02T03:04:05Z', steps: [] },
});

describe('objects of an export', () => {
  it('belong to what was made anew, and tell what they were', () => {
    expect(ownerOf(release)).toEqual({ kind: 'Instance', name: 'shop' });
    const { metadata } = objectOf(release, to, 'new-uid');
    expect(metadata).toMatchObject({ name: 'shop.web.1', namespace: 'berth-c-copy', annotations: origin });
    const owner = { apiVersion: 'berth.dev/v1alpha1', kind: 'Instance', name: 'shop', uid: 'new-uid' };
    expect(metadata.ownerReferences).toEqual([owner]);
  });

  it('of a tenant go to its namespace', () => {
    const config: ExportRecord = {
      kind: 'Config',
      metadata: named('shop'),
      spec: { retention: { keep: 100 } },
    };
    expect([config, release].map(isOfTenant)).toEqual([true, false]);
    expect(objectOf(config, to).metadata).toMatchObject({ namespace: 'berth-t-default' });
    expect(objectOf(config, to).metadata.ownerReferences).toBe(undefined);
  });

  it('keep the number of a draft, whatever generation the instance has now', () => {
    const draft: ExportRecord = {
      kind: 'Draft',
      metadata: named('draft.shop.4'),
      instance: 'shop',
      generation: 4,
      spec: instance,
    };
    const object = objectOf(draft, to, 'new-uid');
    expect(object).toMatchObject({ kind: 'ControllerRevision', revision: 4, data: instance });
  });

  it('name operations so that none of the new cluster is taken for them', () => {
    const { metadata, spec } = objectOf(operation('update-2'), to);
    expect(metadata.name).toBe('update-2.01234567');
    expect(metadata.labels).toMatchObject({ 'berth.dev/cluster': 'copy' });
    expect(spec).toMatchObject({ cluster: 'copy' });
    // One that was moved before has its mark.
    expect(objectOf(operation('update-2.89abcdef'), to).metadata.name).toBe('update-2.89abcdef');
  });

  it('are made at once only with others of their kind', async () => {
    async function* records(): AsyncGenerator<ExportRecord> {
      for (let i = 0; i < 10; i++) yield release;
      yield operation('update-2');
    }
    const sizes: number[] = [];
    for await (const batch of batches(records())) sizes.push(batch.length);
    expect(sizes).toEqual([8, 2, 1]);
  });
});
