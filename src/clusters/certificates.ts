import { isIP } from 'node:net';
import { resources } from '../kube/resources.js';
import { parseCertificate } from '../pki/certificate.js';
import { CA_BUNDLE, type CertificateEntry, certificatesFor, type PkiInput } from '../pki/certificates.js';
import { renewalNeeded } from '../pki/renewal.js';
import { type Authorities, caBundle, issueSecret, type SecretContent } from '../pki/secrets.js';
import type { ClusterScope } from './scope.js';
import { secretData, secretObject } from './secrets.js';

/** Every certificate of the table is in its Secret, and the authorities' certificates are where all may read them. */
export async function ensureCertificates(scope: ClusterScope, authorities: Authorities): Promise<void> {
  const input = pkiInput(scope);
  const entries = certificatesFor(input);
  const contents = await Promise.all(entries.map((entry) => contentOf(scope, entry, input, authorities)));
  await Promise.all([
    ...contents.map((content) => scope.apply(secretObject(content, scope.namespace))),
    scope.apply({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: CA_BUNDLE, namespace: scope.namespace },
      data: caBundle(authorities),
    }),
  ]);
  scope.status.certificates = expiries(contents, authorities);
}

/** What the certificates of this cluster depend on: every name and address by which its API server is reached. */
export function pkiInput({ cluster, namespace, status, services }: ClusterScope): PkiInput {
  const { network } = cluster.spec;
  const { host, address, internalAddresses = [] } = status.endpoint ?? {};
  const reached = [host, address, ...internalAddresses].filter((name) => name !== undefined);
  return {
    clusterName: cluster.metadata.name,
    namespace,
    metaClusterDomain: services.installation.metaClusterDomain,
    clusterDomain: network.clusterDomain,
    serviceCIDRs: [network.serviceCIDR],
    hostnames: reached.filter((name) => isIP(name) === 0),
    ips: reached.filter((name) => isIP(name) !== 0),
    // The largest plan's, so that members can be added without new certificates.
    etcdReplicas: 3,
    konnectivity: cluster.spec.konnectivity?.enabled ?? false,
  };
}

async function contentOf(
  scope: ClusterScope,
  entry: CertificateEntry,
  input: PkiInput,
  authorities: Authorities,
): Promise<SecretContent> {
  const { pki, log } = scope.services;
  const found = secretData(scope.find(resources.Secret, entry.secret));
  const renewal = renewalNeeded({ entry, input, authorities, found, now: pki.now() });
  if (!renewal && found) return { name: entry.secret, type: 'kubernetes.io/tls', data: found };
  log.info({ cluster: scope.name, secretName: entry.secret, reason: renewal?.reason }, 'certificate issued');
  return issueSecret(entry, input, authorities, pki);
}

function expiries(contents: SecretContent[], authorities: Authorities) {
  const leaves = contents.map(({ name, data }) => ({
    name,
    notAfter: parseCertificate(data['tls.crt'] ?? '').notAfter,
  }));
  const roots = Object.entries(authorities).map(([name, { certificate }]) => ({
    name,
    notAfter: certificate.notAfter,
  }));
  return [...roots, ...leaves].map(({ name, notAfter }) => ({ name, notAfter: notAfter.toISOString() }));
}
