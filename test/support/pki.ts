/** A hosted cluster's certificates for tests: real keys, a clock that the test sets. */
import { createAuthority } from '../../src/pki/authority.js';
import { certificatesFor, type PkiInput } from '../../src/pki/certificates.js';
import { type PkiSource, systemSource } from '../../src/pki/keys.js';
import { type Authorities, issueSecret } from '../../src/pki/secrets.js';

export const NOW = Date.UTC(2026, 10, 21, 12, 0, 0);
export const DAY = 24 * 3600_000;

export const pkiInput: PkiInput = {
  clusterName: 'demo',
  namespace: 'berth-c-demo',
  metaClusterDomain: 'cluster.local',
  clusterDomain: 'hosted.example',
  serviceCIDRs: ['10.96.0.0/16'],
  hostnames: ['demo.berth.example'],
  ips: ['192.0.2.10', '2001:db8::10'],
  etcdReplicas: 1,
};

/** The shape with everything in it. */
export const fullPkiInput: PkiInput = {
  ...pkiInput,
  serviceCIDRs: ['10.96.0.0/16', 'fd00:96::/112'],
  etcdReplicas: 3,
  konnectivity: true,
};

export function sourceAt(now: number): PkiSource {
  return systemSource({ now: () => now });
}

export async function createAuthorities(source: PkiSource): Promise<Authorities> {
  return {
    ca: await createAuthority('kubernetes', source),
    'front-proxy-ca': await createAuthority('front-proxy-ca', source),
    'etcd-ca': await createAuthority('etcd-ca', source),
  };
}

/** Data of every leaf's Secret by the Secret's name. */
export async function issueAll(
  input: PkiInput,
  authorities: Authorities,
  source: PkiSource,
): Promise<Map<string, Record<string, string>>> {
  const secrets = await Promise.all(
    certificatesFor(input).map((entry) => issueSecret(entry, input, authorities, source)),
  );
  return new Map(secrets.map(({ name, data }) => [name, data]));
}
