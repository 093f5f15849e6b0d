import { describe, expect, it } from '@jest/globals';
import { mastersInput } from '../../test/support/masters.js';
import { withAuthorityRevisions } from './authority-revisions.js';
import type { RenderedControlPlane, Workload } from './component.js';
import { renderControlPlane } from './render.js';

const rendered = renderControlPlane(mastersInput());
const fingerprints = { ca: 'a', 'etcd-ca': 'b', 'front-proxy-ca': 'c', sa: 'd' };
const before = templates(withAuthorityRevisions(rendered, fingerprints));

describe('a replaced authority restarts', () => {
  it.each([
    ['ca', ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler']],
    ['etcd-ca', ['etcd', 'kube-apiserver']],
    ['front-proxy-ca', []],
    ['sa', ['kube-apiserver', 'kube-controller-manager']],
  ])('%s: only what reads it once', (name, restarted) => {
    const after = templates(withAuthorityRevisions(rendered, { ...fingerprints, [name]: 'new' }));
    expect(Object.keys(after).filter((component) => after[component] !== before[component])).toEqual(
      restarted,
    );
  });
});

it('masters that were pinned without names of authorities stay as they are', () => {
  const older: RenderedControlPlane = new Map([
    [
      'etcd',
      [
        {
          apiVersion: 'apps/v1',
          kind: 'StatefulSet',
          metadata: { name: 'etcd' },
          spec: { template: { metadata: {} } },
        },
      ],
    ],
  ]);
  expect(withAuthorityRevisions(older, fingerprints)).toEqual(older);
});

/** The pod template of each component, as text. */
function templates(masters: RenderedControlPlane): Record<string, string> {
  const workloads = [...masters].flatMap(([name, objects]) => {
    const found = objects.find(({ kind }) => kind === 'Deployment' || kind === 'StatefulSet');
    return found ? [[name, JSON.stringify((found as Workload).spec.template)] as const] : [];
  });
  return Object.fromEntries(workloads);
}
