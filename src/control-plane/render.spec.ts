import { describe, expect, it } from '@jest/globals';
import { mastersInput, planNamed, planNames, specWith, versionNumbered } from '../../test/support/masters.js';
import type { ComponentName, ControlPlaneInput, PodSpec, Workload } from './component.js';
import { restrictedViolations } from './pod-security.js';
import { components, renderControlPlane } from './render.js';

const workloadOf = (component: ComponentName, input: ControlPlaneInput) =>
  renderControlPlane(input).get(component)!.at(-1) as Workload;
const argsOf = (component: ComponentName, input: ControlPlaneInput) =>
  workloadOf(component, input).spec.template.spec.containers[0]!.args!;
const everyPod = (input: ControlPlaneInput): [ComponentName, PodSpec][] =>
  components.map(({ name }) => [name, workloadOf(name, input).spec.template.spec]);

describe('the masters', () => {
  it.each(planNames)('of plan %s keep the Pod Security Standard restricted', (plan) => {
    for (const [, pod] of everyPod(mastersInput({ plan: planNamed(plan) }))) {
      expect(restrictedViolations(pod)).toEqual([]);
    }
  });

  it('mount the key that signs certificates into the controller-manager and nowhere else', () => {
    const holders = everyPod(mastersInput()).filter(([, { volumes = [] }]) =>
      volumes.some(({ secret }) => secret && /(^|-)ca$/.test(secret.secretName ?? '')),
    );
    expect(holders.map(([name]) => name)).toEqual(['kube-controller-manager']);
  });

  it('have no token of the meta-cluster', () => {
    for (const [, pod] of everyPod(mastersInput())) expect(pod.automountServiceAccountToken).toBe(false);
  });

  it.each([
    ['dev', []],
    ['standard', ['kube-apiserver']],
    ['ha', ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler']],
  ])('of plan %s have a disruption budget for what there is more than one of', (plan, expected) => {
    const objects = [...renderControlPlane(mastersInput({ plan: planNamed(plan) })).values()].flat();
    const budgets = objects.filter(({ kind }) => kind === 'PodDisruptionBudget');
    expect(budgets.map(({ metadata }) => metadata.name)).toEqual(expected);
  });

  it('take flags from the recipe, then the version, then the cluster', () => {
    const spec = specWith({ apiServer: { extraArgs: { 'event-ttl': '2h', 'feature-gates': 'B=false' } } });
    const version = {
      ...versionNumbered('1.36.3'),
      featureGates: { B: true, A: true },
      components: { apiServer: { extraArgs: { 'event-ttl': '1h', v: '2' }, removedArgs: ['profiling'] } },
    };
    const args = argsOf('kube-apiserver', mastersInput({ version }, spec));
    expect(args).toEqual(
      expect.arrayContaining(['--event-ttl=2h', '--v=2', '--feature-gates=A=true,B=true,B=false']),
    );
    expect(args).not.toContain('--profiling=false');
  });

  it('keep samples for heap profiles only where somebody may ask for them', () => {
    const samplers = (input: ControlPlaneInput) =>
      everyPod(input)
        .filter(
          ([, { containers }]) => !containers[0]!.env?.some(({ value }) => value === 'memprofilerate=0'),
        )
        .map(([name]) => name);
    const asked = specWith({ controllerManager: { extraArgs: { profiling: 'true' } } });
    const version = {
      ...versionNumbered('1.36.3'),
      components: {
        etcd: { extraArgs: { 'enable-pprof': 'true' } },
        scheduler: { removedArgs: ['profiling'] },
      },
    };
    expect(samplers(mastersInput())).toEqual([]);
    expect(samplers(mastersInput({ version }, asked))).toEqual([
      'etcd',
      'kube-controller-manager',
      'kube-scheduler',
    ]);
  });

  it('run every controller, but those that a plan does without and nobody asks for', () => {
    const controllers = (plan: string, spec = specWith()) =>
      argsOf('kube-controller-manager', mastersInput({ plan: planNamed(plan) }, spec)).find((arg) =>
        arg.startsWith('--controllers='),
      );
    const all = '*,bootstrapsigner,tokencleaner';
    expect(controllers('standard')).toBe(`--controllers=${all}`);
    expect(controllers('dev')).toBe(`--controllers=${all},-validatingadmissionpolicy-status-controller`);
    const asked = specWith({ controllerManager: { extraArgs: { controllers: all } } });
    expect(controllers('dev', asked)).toBe(`--controllers=${all}`);
  });

  it('give feature gates of a version to the components of Kubernetes, not to etcd', () => {
    const version = { ...versionNumbered('1.36.3'), featureGates: { A: true } };
    const gates = components.map(({ name }) =>
      argsOf(name, mastersInput({ version })).find((arg) => arg.startsWith('--feature-gates')),
    );
    expect(gates).toEqual([
      '--feature-gates=InitialCorruptCheck=true',
      ...Array(3).fill('--feature-gates=A=true'),
    ]);
  });

  it('leave authentication to a cluster that brings its own issuer', () => {
    const own = specWith({ apiServer: { extraArgs: { 'oidc-issuer-url': 'https://id.example' } } });
    const has = (spec = specWith()) =>
      argsOf('kube-apiserver', mastersInput({}, spec)).some((arg) =>
        arg.startsWith('--authentication-config'),
      );
    expect([has(), has(own)]).toEqual([true, false]);
  });

  it('keep the API server off the networks of the meta-cluster', () => {
    const rendered = renderControlPlane(mastersInput({ deniedNetworks: ['10.0.0.0/8'] }));
    const policy = rendered.get('kube-apiserver')!.find(({ kind }) => kind === 'NetworkPolicy');
    expect(JSON.stringify(policy)).toContain('"except":["169.254.0.0/16","10.0.0.0/8"]');
  });

  it('refuse to be rendered with a patch that breaks a rule', () => {
    const spec = specWith({
      patches: [{ target: { kind: 'Deployment', name: 'kube-apiserver' }, patch: { spec: { replicas: 9 } } }],
    });
    expect(() => renderControlPlane(mastersInput({}, spec))).toThrow(
      expect.objectContaining({ code: 'ClusterSpecInvalid', status: 422 }),
    );
  });

  it('move etcd apart from Kubernetes: another etcd of the same release changes nothing but its StatefulSet', () => {
    const version = versionNumbered('1.36.3');
    const newer = { ...version, etcdVersion: '3.6.99', images: { ...version.images, etcd: 'etcd:3.6.99-0' } };
    const [before, after] = [version, newer].map((one) =>
      [...renderControlPlane(mastersInput({ version: one })).values()].flat(),
    );
    const changed = after!.filter(
      (object, index) => JSON.stringify(object) !== JSON.stringify(before![index]),
    );
    expect(changed.map(({ kind, metadata }) => `${kind}/${metadata.name}`)).toEqual(['StatefulSet/etcd']);
  });
});
