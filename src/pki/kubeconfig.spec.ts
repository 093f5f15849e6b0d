import { describe, expect, it } from '@jest/globals';
import { KubeConfig } from '@kubernetes/client-node';
import { createAuthorities, issueAll, NOW, pkiInput, sourceAt } from '../../test/support/pki.js';
import { parseCertificate } from './certificate.js';
import { kubeconfig, kubeconfigYaml } from './kubeconfig.js';
import { issueLeaf } from './leaf.js';
import { userProfile } from './user.js';

const source = sourceAt(NOW);
const authorities = await createAuthorities(source);
const secrets = await issueAll(pkiInput, authorities, source);
const ca = authorities.ca.certificate.x509.toString();

function load(yaml: string | undefined): KubeConfig {
  const config = new KubeConfig();
  config.loadFromString(yaml ?? '');
  return config;
}

const decode = (data: string | undefined) => Buffer.from(data ?? '', 'base64').toString();

describe('a kubeconfig', () => {
  const cluster = {
    name: 'demo',
    server: 'https://192.0.2.10:443',
    tlsServerName: 'demo.berth.example',
    authorities: ca,
  };

  it('carries a person’s short-lived certificate and works before DNS does', async () => {
    const pair = await issueLeaf(authorities.ca, userProfile({ name: 'alice' }), source);
    const credentials = { clientCertificate: pair['tls.crt'], clientKey: pair['tls.key'] };
    const config = load(kubeconfigYaml(kubeconfig(cluster, 'alice', credentials, 'shop')));

    expect(config.getCurrentContext()).toBe('alice@demo');
    expect(config.getContextObject('alice@demo')).toMatchObject({
      cluster: 'demo',
      user: 'alice@demo',
      namespace: 'shop',
    });
    expect(config.getCurrentCluster()).toMatchObject({
      server: 'https://192.0.2.10:443',
      tlsServerName: 'demo.berth.example',
      skipTLSVerify: false,
    });
    expect(decode(config.getCurrentCluster()?.caData)).toBe(ca);
    expect(parseCertificate(decode(config.getCurrentUser()?.certData))).toMatchObject({
      commonName: 'alice',
      organizations: ['kubeadm:cluster-admins'],
    });
    expect(decode(config.getCurrentUser()?.keyData)).toBe(pair['tls.key']);
  });

  it('carries a token', () => {
    const config = load(kubeconfigYaml(kubeconfig(cluster, 'ci', { token: 'abc: #"x' })));
    expect(config.getCurrentUser()).toMatchObject({ name: 'ci@demo', token: 'abc: #"x' });
  });

  it('of a component names the files beside it, so that a renewal needs no new kubeconfig', () => {
    const config = load(secrets.get('controller-manager-kubeconfig')?.['kubeconfig']);
    expect(config.getCurrentUser()).toMatchObject({ certFile: 'tls.crt', keyFile: 'tls.key' });
    expect(config.getCurrentCluster()).toMatchObject({
      server: 'https://kube-apiserver.berth-c-demo.svc:6443',
      tlsServerName: 'kube-apiserver.berth-c-demo.svc',
    });
  });

  it('of Berth itself is whole and dials the Service', () => {
    const config = load(secrets.get('berth-admin-kubeconfig')?.['kubeconfig']);
    expect(config.getCurrentCluster()?.server).toBe('https://kube-apiserver.berth-c-demo.svc:6443');
    expect(parseCertificate(decode(config.getCurrentUser()?.certData)).organizations).toEqual([
      'system:masters',
    ]);
  });
});
