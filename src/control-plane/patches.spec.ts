import { describe, expect, it } from '@jest/globals';
import { mastersInput } from '../../test/support/masters.js';
import { applyPatches } from './patches.js';
import { renderRecipe } from './render.js';

const recipe = renderRecipe(mastersInput());
const api = { kind: 'Deployment', name: 'kube-apiserver' } as const;
const etcd = { kind: 'StatefulSet', name: 'etcd' } as const;

const inPod = (spec: Record<string, unknown>) => ({ spec: { template: { spec } } });
const inContainer = (change: Record<string, unknown>) =>
  inPod({ containers: [{ name: 'kube-apiserver', ...change }] });

const codes = (
  target: typeof api | typeof etcd | { kind: 'Service' | 'NetworkPolicy'; name: string },
  patch: object,
) =>
  applyPatches(recipe, [{ target, patch: { ...patch } }]).problems.map(({ code, path }) => `${code} ${path}`);

describe('patches of the masters', () => {
  it('change what they name and nothing else', () => {
    const { objects, problems } = applyPatches(recipe, [
      { target: api, patch: inPod({ nodeSelector: { pool: 'masters' } }) },
      { target: api, patch: { metadata: { annotations: { note: 'x' } } } },
    ]);
    expect(problems).toEqual([]);
    const found = objects.get('kube-apiserver')?.at(-1);
    expect(found).toMatchObject({
      metadata: { annotations: { note: 'x' } },
      ...inPod({ nodeSelector: { pool: 'masters' } }),
    });
    expect(objects.get('etcd')).toEqual(recipe.get('etcd'));
  });

  it('may add a container, a mount and a volume', () => {
    const audit = {
      name: 'audit',
      image: 'audit',
      securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
    };
    const patch = inPod({
      containers: [audit, { name: 'kube-apiserver', volumeMounts: [{ name: 'log', mountPath: '/log' }] }],
      volumes: [{ name: 'log', emptyDir: {} }],
    });
    expect(codes(api, patch)).toEqual([]);
  });

  it('need a target, and say which there are', () => {
    const { problems } = applyPatches(recipe, [{ target: { kind: 'Deployment', name: 'etcd' }, patch: {} }]);
    expect(problems).toEqual([
      {
        path: 'spec.patches[0].target',
        code: 'PatchTargetMissing',
        message: expect.stringContaining('kube-apiserver, kube-controller-manager, kube-scheduler'),
      },
    ]);
  });

  it.each([
    ['replicas', api, { spec: { replicas: 5 } }, 'spec.replicas'],
    ['a selector', api, { spec: { selector: { matchLabels: { x: 'y' } } } }, 'spec.selector'],
    ['the name', api, { metadata: { name: 'other' } }, 'metadata.name'],
    [
      'a label of ours',
      api,
      { metadata: { labels: { 'berth.dev/cluster': 'other' } } },
      'metadata.labels[berth.dev/cluster]',
    ],
    [
      'flags',
      api,
      inContainer({ args: ['--v=9'] }),
      'spec.template.spec.containers[name=kube-apiserver].args',
    ],
    [
      'the image',
      api,
      inContainer({ image: 'mine' }),
      'spec.template.spec.containers[name=kube-apiserver].image',
    ],
    [
      'the container',
      api,
      inContainer({ $patch: 'delete' }),
      'spec.template.spec.containers[name=kube-apiserver].name',
    ],
    ['the account', api, inPod({ serviceAccountName: 'admin' }), 'spec.template.spec.serviceAccountName'],
    [
      'its token',
      api,
      inPod({ automountServiceAccountToken: true }),
      'spec.template.spec.automountServiceAccountToken',
    ],
    ['the volume', etcd, { spec: { volumeClaimTemplates: [] } }, 'spec.volumeClaimTemplates'],
    [
      'the Service type',
      { kind: 'Service', name: 'kube-apiserver' } as const,
      { spec: { type: 'LoadBalancer' } },
      'spec.type',
    ],
    [
      'denying everything',
      { kind: 'NetworkPolicy', name: 'default-deny' } as const,
      { spec: { ingress: [{}] } },
      'spec',
    ],
  ])('may not change %s', (_what, target, patch, path) => {
    expect(codes(target, patch)).toContain(`PatchRefused spec.patches[0].patch.${path}`);
  });

  it('may not take away the whole pod', () => {
    expect(codes(api, { spec: null })).toContain('PatchRefused spec.patches[0].patch.spec.selector');
  });

  it.each([
    ['the network of the host', inPod({ hostNetwork: true }), 'hostNetwork'],
    [
      'its files',
      inPod({ volumes: [{ name: 'host', hostPath: { path: '/' } }] }),
      'volumes[name=host].hostPath',
    ],
    [
      'root',
      inContainer({ securityContext: { runAsUser: 0 } }),
      'containers[name=kube-apiserver].securityContext.runAsUser',
    ],
    [
      'capabilities',
      inContainer({ securityContext: { capabilities: { add: ['NET_ADMIN'] } } }),
      'containers[name=kube-apiserver].securityContext.capabilities.add',
    ],
    [
      'a bare container',
      inPod({ initContainers: [{ name: 'init', image: 'x' }] }),
      'initContainers[name=init].securityContext.allowPrivilegeEscalation',
    ],
    [
      'no seccomp profile',
      inPod({ securityContext: { seccompProfile: null } }),
      'containers[name=kube-apiserver].securityContext.seccompProfile',
    ],
  ])('may not ask for %s', (_what, patch, path) => {
    expect(codes(api, patch)).toContain(
      `PodSecurityViolated spec.patches[0].patch.spec.template.spec.${path}`,
    );
  });

  it('that do not fit are named by their place', () => {
    const patch = inPod({ containers: 'all' });
    expect(codes(api, patch)).toEqual(['PatchInvalid spec.patches[0].patch.spec.template.spec.containers']);
  });
});
