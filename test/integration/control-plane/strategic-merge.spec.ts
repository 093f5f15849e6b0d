/** Our strategic merge beside kubectl's, on the objects that clusters patch. */
import { describe, expect, it } from '@jest/globals';
import { renderControlPlane } from '../../../src/control-plane/render.js';
import { strategicMerge } from '../../../src/control-plane/strategic-merge.js';
import { run } from '../../../src/core/process.js';
import type { KubeObject } from '../../../src/kube/types.js';
import { kubernetesBinary } from '../../support/kube-binaries.js';
import { mastersInput } from '../../support/masters.js';

const rendered = [...renderControlPlane(mastersInput({ service: { type: 'NodePort' } })).values()].flat();
const objectNamed = (kind: string, name: string): KubeObject => {
  const found = rendered.find((object) => object.kind === kind && object.metadata.name === name);
  if (!found) throw new Error(`there is no ${kind} ${name}`);
  return found;
};
const inPod = (spec: object) => ({ spec: { template: { spec } } });
const inContainer = (change: object) => inPod({ containers: [{ name: 'kube-apiserver', ...change }] });

const patches: [string, string, string, Record<string, unknown>][] = [
  [
    'labels, added and deleted',
    'Deployment',
    'kube-apiserver',
    { metadata: { labels: { a: 'b', 'berth.dev/cluster': null } } },
  ],
  [
    'a second container',
    'Deployment',
    'kube-apiserver',
    inPod({ containers: [{ name: 'audit', image: 'x', ports: [{ containerPort: 1 }] }] }),
  ],
  [
    'environment',
    'Deployment',
    'kube-apiserver',
    inContainer({
      env: [
        { name: 'GOGC', value: '75' },
        { name: 'TZ', value: 'UTC' },
      ],
    }),
  ],
  [
    'an item deleted',
    'Deployment',
    'kube-apiserver',
    inContainer({ env: [{ name: 'GOGC', $patch: 'delete' }] }),
  ],
  [
    'a list replaced',
    'Deployment',
    'kube-apiserver',
    inContainer({ env: [{ $patch: 'replace' }, { name: 'TZ', value: 'UTC' }] }),
  ],
  [
    'a mount changed',
    'Deployment',
    'kube-apiserver',
    inContainer({ volumeMounts: [{ mountPath: '/etc/kubernetes/sa', name: 'own' }] }),
  ],
  ['a list without a key', 'Deployment', 'kube-apiserver', inContainer({ args: ['--v=2'] })],
  ['tolerations', 'Deployment', 'kube-apiserver', inPod({ tolerations: [{ key: 'a', operator: 'Exists' }] })],
  [
    'spread by its topology key',
    'Deployment',
    'kube-apiserver',
    inPod({
      topologySpreadConstraints: [{ topologyKey: 'rack', maxSkew: 2, whenUnsatisfiable: 'DoNotSchedule' }],
    }),
  ],
  ['a map deleted', 'Deployment', 'kube-apiserver', inPod({ securityContext: { $patch: 'delete' } })],
  ['nulls inside new values', 'Deployment', 'kube-apiserver', inPod({ nodeSelector: { a: 'b', c: null } })],
  [
    'probes',
    'StatefulSet',
    'etcd',
    inPod({ containers: [{ name: 'etcd', livenessProbe: { failureThreshold: 9 } }] }),
  ],
  [
    'a volume',
    'StatefulSet',
    'etcd',
    inPod({
      volumes: [
        { name: 'server', secret: { secretName: 'own' } },
        { name: 'tmp', emptyDir: {} },
      ],
    }),
  ],
  [
    'ports of a Service',
    'Service',
    'kube-apiserver',
    {
      spec: {
        ports: [
          { port: 6443, nodePort: 30443 },
          { port: 8132, name: 'agent' },
        ],
      },
    },
  ],
  ['a policy', 'NetworkPolicy', 'kube-apiserver', { spec: { ingress: [{ ports: [{ port: 1 }] }] } }],
  ['data', 'ConfigMap', 'kube-apiserver', { data: { 'authentication.yaml': 'own', more: 'x' } }],
];

describe('a strategic merge patch', () => {
  it.each(patches)('with %s is what kubectl makes of it', async (_what, kind, name, patch) => {
    const object = objectNamed(kind, name);
    const kubectl = await kubernetesBinary('kubectl');
    const args = [
      'patch',
      '--local',
      '--type',
      'strategic',
      '-f',
      '-',
      '-p',
      JSON.stringify(patch),
      '-o',
      'json',
    ];
    const expected = JSON.parse(await run(kubectl, args, { input: JSON.stringify(object) })) as KubeObject;
    // kubectl prints what its types hold, so compare what both say of the object once they went through it.
    const ours = await run(kubectl, ['patch', '--local', '-f', '-', '-p', '{}', '-o', 'json'], {
      input: JSON.stringify(strategicMerge(object, patch)),
    });
    expect(sorted(JSON.parse(ours))).toEqual(sorted(expected));
  });
});

/** The order of items with a key means nothing; kubectl puts new ones first. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) {
    const items = value.map(sorted);
    return items.every((item) => typeof item === 'object') ? items.toSorted(byText) : items;
  }
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, sorted(field)]));
}

function byText(one: unknown, other: unknown): number {
  const [a, b] = [one, other].map((value) => JSON.stringify(value));
  return a! < b! ? -1 : 1;
}
