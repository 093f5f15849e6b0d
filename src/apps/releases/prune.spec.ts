import { describe, expect, it } from '@jest/globals';
import type { KubeObject } from '../../kube/types.js';
import { labels } from '../../model/names.js';
import type { Release } from '../../model/release.js';
import { prunePlan, type Recorded, recordedBy } from './prune.js';

const ref = { instance: 'shop', service: 'web' };
const entry = (kind: string, uid?: string): Recorded => ({
  apiVersion: 'v1',
  kind,
  namespace: 'shop',
  name: 'x',
  ...(uid !== undefined && { uid }),
});
const live = (kind: string, uid: string, service = 'web', annotations = {}): KubeObject => ({
  apiVersion: 'v1',
  kind,
  metadata: {
    name: 'x',
    uid,
    annotations,
    labels: { [labels.instance]: 'shop', [labels.service]: service },
  },
});
const plan = (recorded: Recorded[], objects: KubeObject[], confirm: string[] = []) => {
  const find = ({ kind }: Recorded) => objects.find((object) => object.kind === kind);
  const { remove, keep } = prunePlan(recorded, [], ref, { find, confirm });
  return { remove: remove.flat().map(({ kind }) => kind), keep: keep.map(({ kind }) => kind) };
};

describe(prunePlan, () => {
  it('removes what was recorded and is still ours, workloads before what they need', () => {
    const recorded = [entry('ConfigMap', '1'), entry('Deployment', '2')];
    const objects = [live('ConfigMap', '1'), live('Deployment', '2')];
    expect(plan(recorded, objects)).toEqual({ remove: ['Deployment', 'ConfigMap'], keep: [] });
  });

  it.each([
    ['was made anew by somebody', live('ConfigMap', 'other')],
    ['belongs to another service by now', live('ConfigMap', '1', 'db')],
  ])('leaves what %s', (_what, object) => {
    expect(plan([entry('ConfigMap', '1')], [object])).toEqual({ remove: [], keep: [] });
  });

  it('keeps volumes until they are confirmed, and what says that it stays', () => {
    const claim = [entry('PersistentVolumeClaim', '1')];
    const objects = [live('PersistentVolumeClaim', '1')];
    expect(plan(claim, objects)).toEqual({ remove: [], keep: ['PersistentVolumeClaim'] });
    expect(plan(claim, objects, ['PersistentVolumeClaim/x']).remove).toEqual(['PersistentVolumeClaim']);
    const staying = live('ConfigMap', '1', 'web', { 'helm.sh/resource-policy': 'keep' });
    expect(plan([entry('ConfigMap', '1')], [staying]).keep).toEqual(['ConfigMap']);
  });
});

describe(recordedBy, () => {
  it('counts what a release was about to make when it was broken off', () => {
    const release = (revision: number, phase: string | undefined, kind: string) =>
      ({
        spec: { revision, objects: [{ ...entry(kind), digest: '' }] },
        status: phase && { phase, inventory: [entry(kind, String(revision))] },
      }) as unknown as Release;
    const recorded = recordedBy([
      release(1, 'Published', 'Secret'),
      release(2, 'Published', 'ConfigMap'),
      release(3, 'Failed', 'Service'),
      release(4, undefined, 'Job'),
    ]);
    expect(recorded.map(({ kind }) => kind).sort()).toEqual(['ConfigMap', 'Job', 'Service']);
  });
});
