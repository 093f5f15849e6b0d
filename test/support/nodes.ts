import type { JoinAccess } from '../../src/nodes/join-configuration.js';
import type { JoinInput } from '../../src/nodes/join-objects.js';

/** A certificate that nobody's key belongs to: only its bytes matter where it is used. */
export const AUTHORITY = `-----BEGIN CERTIFICATE-----
MIIBdzCCAR2gAwIBAgIBATAKBggqhkjOPQQDAjAVMRMwEQYDVQQDEwprdWJlcm5l
-----END CERTIFICATE-----
`;

export const joinInput: JoinInput = {
  clusterName: 'demo',
  kubernetesVersion: '1.36.3',
  server: '10.128.0.2:30443',
  authority: AUTHORITY,
  network: { podCIDR: '10.244.0.0/16', serviceCIDR: '10.96.0.0/16', clusterDomain: 'cluster.local' },
};

export const joinAccess: JoinAccess = {
  cluster: 'demo',
  server: joinInput.server,
  token: 'abcdef.0123456789abcdef',
  caCertHash: `sha256:${'5f'.repeat(32)}`,
  kubernetesVersion: '1.36.3',
  packagesUrl: 'https://pkgs.k8s.io',
};
