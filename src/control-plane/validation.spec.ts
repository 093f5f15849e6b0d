import { describe, expect, it } from '@jest/globals';
import { planNamed, specWith, versionNumbered } from '../../test/support/masters.js';
import { validateClusterSpec } from './validation.js';

const problems = (fields: Record<string, unknown>) =>
  validateClusterSpec(specWith(fields), planNamed('dev'), versionNumbered('1.36.3')).map(
    ({ code, path }) => `${code} ${path}`,
  );
const flags = (component: string, extraArgs: Record<string, unknown>) =>
  problems({ [component]: { extraArgs } });

describe('a cluster spec', () => {
  it('is good with nothing but a version', () => {
    expect(problems({})).toEqual([]);
  });

  it('may set flags that Berth has no interest in', () => {
    const extraArgs = {
      'event-ttl': '2h',
      v: '4',
      'oidc-issuer-url': 'https://id.example',
      'runtime-config': 'api/beta=true',
    };
    expect(flags('apiServer', extraArgs)).toEqual([]);
  });

  it.each([
    ['apiServer', 'etcd-servers'],
    ['apiServer', 'client-ca-file'],
    ['apiServer', 'requestheader-allowed-names'],
    ['apiServer', 'tls-cert-file'],
    ['apiServer', 'service-account-signing-key-file'],
    ['apiServer', 'service-account-issuer'],
    ['apiServer', 'advertise-address'],
    ['apiServer', 'endpoint-reconciler-type'],
    ['apiServer', 'secure-port'],
    ['apiServer', 'anonymous-auth'],
    ['apiServer', 'service-cluster-ip-range'],
    ['apiServer', 'emulated-version'],
    ['apiServer', 'runtime-config-emulation-forward-compatible'],
    ['controllerManager', 'cluster-signing-key-file'],
    ['controllerManager', 'kubeconfig'],
    ['controllerManager', 'cluster-cidr'],
    ['scheduler', 'authentication-kubeconfig'],
    ['scheduler', 'leader-elect'],
  ])('may not set %s flag %s', (component, flag) => {
    expect(flags(component, { [flag]: 'x' })).toEqual([`FlagOwned spec.${component}.extraArgs.${flag}`]);
  });

  it.each([
    ['authorization-mode', 'RBAC', false],
    ['authorization-mode', 'AlwaysAllow,Node,RBAC', true],
    ['authorization-mode', 'Node,RBAC,Webhook', true],
    ['enable-admission-plugins', 'AlwaysPullImages', false],
    ['enable-admission-plugins', ['NodeRestriction', 'AlwaysPullImages'], true],
    ['disable-admission-plugins', 'NodeRestriction', false],
    ['disable-admission-plugins', 'DefaultStorageClass', true],
  ])('with API server flag %s=%s', (flag, value, good) => {
    const refused = [`FlagValueRefused spec.apiServer.extraArgs.${flag}`];
    expect(flags('apiServer', { [flag]: value })).toEqual(good ? [] : refused);
  });

  it('keeps the controllers that joining nodes need', () => {
    expect(flags('controllerManager', { controllers: '*,-ttl,bootstrapsigner,tokencleaner' })).toEqual([]);
    expect(flags('controllerManager', { controllers: '*' })).toHaveLength(1);
  });

  it('names every problem at once, each with what to do', () => {
    const found = validateClusterSpec(
      specWith({
        network: { podCIDR: '10.96.0.0/12' },
        apiServer: { extraArgs: { 'etcd-servers': 'x' } },
        patches: [{ target: { kind: 'Deployment', name: 'etcd' }, patch: {} }],
      }),
      planNamed('dev'),
      versionNumbered('1.36.3'),
    );
    expect(found.map(({ code }) => code)).toEqual(['CIDROverlap', 'FlagOwned', 'PatchTargetMissing']);
    for (const { message } of found) expect(message).toMatch(/\. [A-Z].*\.$/);
  });
});
